/** One run as one line; a second line stands where the sidebar is wide. */
import * as React from 'react';

import { RunRow, Spark } from '../contract';
import { useBench } from '../ui/bench';
import { fileName } from '../ui/format';
import { endpointIcon, pipelineIcon } from '../ui/icons';
import { Ago, Name, Num, StatusMark, Took } from '../ui/parts';
import { Sparkline } from '../ui/sparkline';

function Metric(props: { spark: Spark }): JSX.Element {
  return (
    <>
      <span className="bb-RunRow-metric">
        <span className="bb-RunRow-metricName">{props.spark.key}</span>
        <Num value={props.spark.last} label={props.spark.key} />
      </span>
      <Sparkline points={props.spark.points} />
    </>
  );
}

function Middle(props: { row: RunRow }): JSX.Element | null {
  const { error, progress, spark, status } = props.row;
  if (error) {
    return (
      <span className="bb-RunRow-error" title={error}>
        {error}
      </span>
    );
  }
  if (status === 'running' && progress && !spark) {
    return <StepProgress row={props.row} />;
  }
  return spark && <Metric spark={spark} />;
}

/** How much is done: cells of a notebook, steps of a pipeline. */
export function StepProgress(props: {
  row: Pick<RunRow, 'kind' | 'progress'>;
}): JSX.Element | null {
  const { trans } = useBench();
  if (!props.row.progress) {
    return null;
  }
  const { done, total } = props.row.progress;
  const text =
    props.row.kind === 'pipeline'
      ? trans.__('%1 of %2 steps done', done, total)
      : trans.__('%1 of %2 cells done', done, total);
  return (
    <span className="bb-Progress" title={text}>
      <progress value={done} max={total} aria-label={text} />
      <span className="bb-Num">
        {done}/{total}
      </span>
    </span>
  );
}

/** How long ago it ended, or its clock while it runs; `took` asks for how long it took instead. */
function Age(props: { row: RunRow; took?: boolean }): JSX.Element {
  const { ended, started, status, updated } = props.row;
  if (status === 'running') {
    return <Took started={started} ended={null} />;
  }
  const last = ended ?? updated;
  return props.took ? <Took started={started} ended={last} /> : <Ago time={last} short />;
}

/** The icon of a run that is no plain one, with its word for who cannot see it. */
function Kind(props: { kind: RunRow['kind'] }): JSX.Element | null {
  const { trans } = useBench();
  if (props.kind !== 'pipeline' && props.kind !== 'endpoint') {
    return null;
  }
  const isPipeline = props.kind === 'pipeline';
  const Icon = isPipeline ? pipelineIcon : endpointIcon;
  const title = isPipeline ? trans.__('Pipeline') : trans.__('Endpoint');
  return (
    <Icon.react tag="span" title={title} className="bb-RunRow-kind" width="14px" height="14px" />
  );
}

export const RunLine = React.memo(function RunLine(props: {
  row: RunRow;
  took?: boolean;
}): JSX.Element {
  const { row } = props;
  const source = row.kind === 'pipeline' ? '' : fileName(row.notebook);
  return (
    <div className="bb-RunRow">
      <div className="bb-RunRow-line">
        <StatusMark status={row.status} />
        <Kind kind={row.kind} />
        <Name text={row.name} className="bb-RunRow-name" />
        <Middle row={row} />
        <span className="bb-RunRow-age">
          <Age row={row} took={props.took} />
        </span>
      </div>
      <div className="bb-RunRow-second">
        {[row.experiment, source, row.user].filter(Boolean).join(' · ')}
      </div>
    </div>
  );
});
