/** The first tab of a run page: why it failed, metrics and curves, params, steps, inputs and outputs, artifacts. */
import * as React from 'react';

import { Link, MetricSummary, Param, Run, RunFailure, RunRow } from '../contract';
import { useBench, useChanges } from '../ui/bench';
import { CurveChart } from '../ui/chart';
import { RefChip } from '../ui/chip';
import { CopyButton } from '../ui/copy';
import { exactValue, fileName, value } from '../ui/format';
import { Pairs, Section } from '../ui/page';
import { Num, Value } from '../ui/parts';
import { CodeLine, ErrorBox } from '../ui/states';
import { Table } from '../ui/table';
import { ArtifactGrid } from './gallery';
import {
  curveKeys,
  earlierValues,
  FIRST_CURVES,
  hasCourse,
  orderMetrics,
  plainTraceback,
  RunDetail
} from './detail';
import { RunLine } from './row';

export function Overview(props: { model: RunDetail; run: Run }): JSX.Element {
  const { run, model } = props;
  const { trans } = useBench();
  return (
    <div className="bb-Overview">
      {run.failure && <Failure failure={run.failure} />}
      {run.bad_lines > 0 && (
        <p className="bb-Warning">
          {trans._n(
            '%1 line of this run could not be read and was left out.',
            '%1 lines of this run could not be read and were left out.',
            run.bad_lines
          )}
        </p>
      )}
      <div className="bb-Columns">
        <div className="bb-Columns-side">
          {run.params.length > 0 && <Params params={run.params} />}
          <Links links={run.links} />
        </div>
        <div className="bb-Columns-main">
          {run.children.length > 0 && <Children kind={run.kind} rows={run.children} />}
          <Metrics model={model} run={run} />
          {run.artifacts.length > 0 && (
            <ArtifactGrid model={model.artifacts} artifacts={run.artifacts} />
          )}
        </div>
      </div>
    </div>
  );
}

function Failure(props: { failure: RunFailure }): JSX.Element {
  const { trans } = useBench();
  const { failure } = props;
  const traceback = plainTraceback(failure.traceback);
  return (
    <section className="bb-Failure" aria-label={trans.__('Failure')}>
      <p className="bb-Failure-what">
        <strong>{failure.type}</strong>
        {failure.message && `: ${failure.message}`}
      </p>
      <FailurePlace failure={failure} />
      {traceback && (
        <details open>
          <summary>{trans.__('Traceback')}</summary>
          <pre tabIndex={0} role="region" aria-label={trans.__('Traceback')}>
            {traceback}
          </pre>
          <CopyButton text={traceback} label={trans.__('Copy traceback')} />
        </details>
      )}
    </section>
  );
}

function FailurePlace(props: { failure: RunFailure }): JSX.Element | null {
  const { commands, trans } = useBench();
  const { notebook, cell } = props.failure;
  if (!notebook) {
    return null;
  }
  const file = fileName(notebook);
  return (
    <p>
      {cell === null ? trans.__('In %1.', file) : trans.__('In code cell %1 of %2.', cell, file)}{' '}
      <button
        type="button"
        className="bb-Link"
        onClick={() => void commands.execute('benchbook:open-notebook', { path: notebook, cell })}
      >
        {cell === null ? trans.__('Open the notebook') : trans.__('Go to the cell')}
      </button>
    </p>
  );
}

function Params(props: { params: Param[] }): JSX.Element {
  const { trans } = useBench();
  return (
    <Section title={trans.__('Params')} count={props.params.length}>
      <Pairs
        pairs={props.params.map(param => [
          param.key,
          <>
            <Value value={param.value} />
            <History param={param} />
          </>
        ])}
      />
    </Section>
  );
}

/** Earlier values, where they were others. */
function History(props: { param: Param }): JSX.Element | null {
  const { trans } = useBench();
  const others = earlierValues(props.param);
  if (others.length === 0) {
    return null;
  }
  return (
    <span className="bb-History" title={others.map(exactValue).join(' → ')}>
      {trans.__('was %1', others.map(value).join(' → '))}
    </span>
  );
}

function Links(props: { links: Link[] }): JSX.Element {
  const { trans } = useBench();
  const used = props.links.filter(link => link.role === 'used');
  const made = props.links.filter(link => link.role === 'made');
  return (
    <>
      <LinkList title={trans.__('Inputs')} links={used} />
      <LinkList title={trans.__('Outputs')} links={made} />
    </>
  );
}

function LinkList(props: { title: string; links: Link[] }): JSX.Element | null {
  if (props.links.length === 0) {
    return null;
  }
  return (
    <Section title={props.title} count={props.links.length}>
      <div className="bb-ChipList">
        {props.links.map(link => (
          <RefChip key={`${link.noun} ${link.name} ${link.version}`} to={link} />
        ))}
      </div>
    </Section>
  );
}

function Children(props: { kind: Run['kind']; rows: RunRow[] }): JSX.Element {
  const { commands, trans } = useBench();
  const rows = [...props.rows].sort((a, b) => a.started - b.started);
  return (
    <Section
      title={props.kind === 'pipeline' ? trans.__('Steps') : trans.__('Runs inside')}
      count={rows.length}
    >
      <div className="bb-RowList">
        {rows.map(row => (
          <button
            key={row.id}
            type="button"
            className="bb-RowList-row"
            data-bb-run={row.id}
            onClick={() => void commands.execute('benchbook:open-run', { id: row.id })}
          >
            <RunLine row={row} took />
          </button>
        ))}
      </div>
    </Section>
  );
}

function Metrics(props: { model: RunDetail; run: Run }): JSX.Element | null {
  const { settings, trans } = useBench();
  const { run, model } = props;
  const metrics = orderMetrics(run.metrics, settings.primaryMetrics.get(run.experiment) ?? null);
  if (metrics.length === 0) {
    const expects = run.kind === 'run' || run.kind === 'step';
    return expects && run.status !== 'failed' ? <NoMetrics /> : null;
  }
  return (
    <Section title={trans.__('Metrics')} count={metrics.length}>
      <MetricTable metrics={metrics} />
      <Curves model={model} metrics={metrics} />
    </Section>
  );
}

function NoMetrics(): JSX.Element {
  const { trans } = useBench();
  return (
    <Section title={trans.__('Metrics')}>
      <p className="bb-Quiet">{trans.__('This run has logged no metric yet.')}</p>
      <CodeLine code={'run.log_metric("loss", 0.5, step=1)'} />
    </Section>
  );
}

function MetricTable(props: { metrics: MetricSummary[] }): JSX.Element {
  const { trans } = useBench();
  return (
    <Table
      caption={trans.__('Metrics')}
      rows={props.metrics}
      keyOf={metric => metric.key}
      columns={[
        { title: trans.__('Metric'), cell: metric => <span title={metric.key}>{metric.key}</span> },
        {
          title: trans.__('Last'),
          numeric: true,
          cell: metric => <Num value={metric.last} label={metric.key} />
        },
        {
          title: trans.__('Min'),
          numeric: true,
          cell: metric => hasCourse(metric) && metric.min !== null && <Num value={metric.min} />
        },
        {
          title: trans.__('Max'),
          numeric: true,
          cell: metric => hasCourse(metric) && metric.max !== null && <Num value={metric.max} />
        },
        { title: trans.__('Points'), numeric: true, cell: metric => <Num value={metric.count} /> }
      ]}
    />
  );
}

function Curves(props: { model: RunDetail; metrics: MetricSummary[] }): JSX.Element | null {
  const { trans } = useBench();
  const { curves } = props.model;
  useChanges(curves);
  if (curves.error) {
    return <ErrorBox error={curves.error} onRetry={() => void curves.refresh()} />;
  }
  const lasts = new Map(props.metrics.map(metric => [metric.key, metric.last]));
  const order = props.metrics.map(metric => metric.key);
  const shown = [...(curves.value ?? [])].sort(
    (a, b) => order.indexOf(a.key) - order.indexOf(b.key)
  );
  const hidden = curveKeys(props.metrics).length - props.model.shownCurves.length;
  return (
    <>
      <div className="bb-Charts">
        {shown.map(curve => (
          <CurveChart key={curve.key} curve={curve} last={lasts.get(curve.key) ?? 'nan'} />
        ))}
      </div>
      {hidden > 0 && (
        <button type="button" className="bb-Link" onClick={() => props.model.showAllCurves()}>
          {trans.__('Show all curves (%1 shown, %2 more)', FIRST_CURVES, hidden)}
        </button>
      )}
    </>
  );
}
