/** The page of one run. */
import * as React from 'react';

import { Run } from '../contract';
import { useBench, useChanges } from '../ui/bench';
import { RunChip, Word } from '../ui/chip';
import { IdChip } from '../ui/copy';
import { Action, Fact, PageHeader } from '../ui/page';
import { Ago, StatusMark, Took } from '../ui/parts';
import { ErrorBox, Skeleton, Working } from '../ui/states';
import { ITab, Tabs } from '../ui/tabs';
import { CodeTab, EnvironmentTab, LogTab } from './context';
import { notebookOf, RunDetail } from './detail';
import { Overview } from './overview';
import { NotebookTab } from './notebook';
import { StepProgress } from './row';

export function RunPage(props: { model: RunDetail }): JSX.Element {
  const { model } = props;
  useChanges(model);
  const { error, value: run } = model.run;
  return (
    <div className="bb-Page">
      <Working busy={model.run.loading && run === undefined} />
      {error && <ErrorBox error={error} onRetry={() => model.refresh()} />}
      {run ? <Loaded model={model} run={run} /> : !error && <Skeleton lines={12} />}
    </div>
  );
}

function Loaded(props: { model: RunDetail; run: Run }): JSX.Element {
  const { trans } = useBench();
  const { model, run } = props;
  return (
    <>
      <RunHeader run={run} />
      <Tabs
        label={trans.__('Parts of the run')}
        current={model.tab}
        tabs={useTabs(model, run)}
        onSelect={tab => {
          model.tab = tab;
        }}
      />
    </>
  );
}

function useTabs(model: RunDetail, run: Run): ITab[] {
  const { trans } = useBench();
  return [
    {
      id: 'overview',
      label: trans.__('Overview'),
      render: () => <Overview model={model} run={run} />
    },
    {
      id: 'notebook',
      label: trans.__('Notebook'),
      disabled: notebookOf(run) === '' || run.status === 'running',
      render: () => <NotebookTab model={model} run={run} />
    },
    {
      id: 'code',
      label: trans.__('Code'),
      disabled: run.code === null,
      render: () => run.code && <CodeTab code={run.code} />
    },
    {
      id: 'environment',
      label: trans.__('Environment'),
      disabled: run.environment === null,
      render: () => run.environment && <EnvironmentTab environment={run.environment} run={run} />
    },
    { id: 'log', label: trans.__('Log'), render: () => <LogTab model={model} /> }
  ];
}

function useKindWord(kind: Run['kind']): string {
  const { trans } = useBench();
  const words: Record<Run['kind'], string> = {
    run: trans.__('Run'),
    pipeline: trans.__('Pipeline run'),
    step: trans.__('Step'),
    endpoint: trans.__('Endpoint')
  };
  return words[kind];
}

function RunHeader(props: { run: Run }): JSX.Element {
  const { run } = props;
  return (
    <PageHeader
      kind={useKindWord(run.kind)}
      title={run.name}
      mark={<StatusMark status={run.status} word />}
      actions={<RunActions run={run} />}
    >
      <RunFacts run={run} />
    </PageHeader>
  );
}

function RunActions(props: { run: Run }): JSX.Element {
  const { commands, trans } = useBench();
  const { run } = props;
  return (
    <>
      {run.notebook && run.kind !== 'pipeline' && (
        <Action
          label={notebookOf(run) ? trans.__('Open notebook') : trans.__('Open script')}
          title={run.notebook}
          onClick={() => void commands.execute('benchbook:open-notebook', { path: run.notebook })}
        />
      )}
    </>
  );
}

function RunFacts(props: { run: Run }): JSX.Element {
  const { trans } = useBench();
  const { run } = props;
  return (
    <>
      {run.experiment && <Fact label={trans.__('experiment')}>{run.experiment}</Fact>}
      {run.parent && (
        <Fact label={trans.__('part of')}>
          <RunChip id={run.parent} name={trans.__('parent run')} />
        </Fact>
      )}
      <Fact label={trans.__('started')}>
        <Ago time={run.started} />
      </Fact>
      <Fact label={run.ended === null ? trans.__('running for') : trans.__('took')}>
        <Took started={run.started} ended={run.ended} />
      </Fact>
      {run.status === 'running' && run.progress && (
        <Fact label={trans.__('done')}>
          <StepProgress row={run} />
        </Fact>
      )}
      {run.user && <Fact label={trans.__('by')}>{run.user}</Fact>}
      <Fact label={trans.__('id')}>
        <IdChip id={run.id} />
      </Fact>
      {Object.entries(run.tags).map(([key, value]) => (
        <Word key={key} text={value ? `${key}: ${value}` : key} />
      ))}
      {run.note && <p className="bb-Note">{run.note}</p>}
    </>
  );
}
