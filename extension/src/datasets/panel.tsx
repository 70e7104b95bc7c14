/** The Data sidebar. */
import * as React from 'react';

import { DatasetSummary } from '../contract';
import { useBench, useChanges } from '../ui/bench';
import { refData, Word } from '../ui/chip';
import { SidebarFilter } from '../ui/filter';
import { Ago, Name, Size } from '../ui/parts';
import { Empty, ErrorBox, Skeleton, Working } from '../ui/states';
import { Tree } from '../ui/tree';
import { DatasetsModel, groupDatasets, shape } from './model';

const FIRST_DATASET = 'bb.save_dataset("flights", frame)';
const NONE: ReadonlySet<string> = new Set();

export function DatasetsPanel(props: { model: DatasetsModel }): JSX.Element {
  const { model } = props;
  const { trans } = useBench();
  useChanges(model);
  return (
    <SidebarFilter
      key={model.filterSets}
      initial={model.filter}
      placeholder={trans.__('Filter datasets')}
      onFilter={text => {
        model.filter = text;
      }}
    >
      <Working busy={model.list.loading && model.list.value === undefined} />
      <Body model={model} />
    </SidebarFilter>
  );
}

function Body(props: { model: DatasetsModel }): JSX.Element {
  const { list } = props.model;
  return (
    <>
      {list.error && <ErrorBox error={list.error} onRetry={() => void list.refresh()} />}
      {list.value ? (
        <List model={props.model} summaries={list.value} />
      ) : (
        !list.error && <Skeleton />
      )}
    </>
  );
}

function List(props: { model: DatasetsModel; summaries: DatasetSummary[] }): JSX.Element {
  const { commands, trans } = useBench();
  const actions = React.useMemo(
    () => ({
      onOpen: ({ name, latest }: DatasetSummary) =>
        void commands.execute('benchbook:open-dataset', { name, version: latest.version }),
      onToggle: () => undefined,
      render: (summary: DatasetSummary) => <DatasetLine summary={summary} />,
      pageOf: ({ name, latest }: DatasetSummary) => `benchbook-dataset-${name}:${latest.version}`,
      dataset: ({ name, latest }: DatasetSummary) =>
        refData({ noun: 'dataset', name, version: latest.version })
    }),
    [commands]
  );
  const groups = groupDatasets(props.summaries, props.model.filter, trans);
  return groups.length === 0 ? (
    <Nothing model={props.model} />
  ) : (
    <Tree label={trans.__('Datasets')} groups={groups} selected={NONE} {...actions} />
  );
}

const DatasetLine = React.memo(function DatasetLine(props: {
  summary: DatasetSummary;
}): JSX.Element {
  const { name, latest } = props.summary;
  return (
    <div className="bb-TwoLines">
      <div className="bb-TwoLines-first">
        <Name text={name} className="bb-strong" />
        {latest.aliases.map(alias => (
          <Word key={alias} text={alias} flag />
        ))}
        <span className="bb-Version">{`v${latest.version}`}</span>
      </div>
      <div className="bb-TwoLines-second">
        <span className="bb-Num bb-grow">{shape(latest)}</span>
        <Size bytes={latest.size} />
        <span className="bb-TwoLines-age">
          <Ago time={latest.created} short />
        </span>
      </div>
    </div>
  );
});

function Nothing(props: { model: DatasetsModel }): JSX.Element {
  const { commands, trans } = useBench();
  const { model } = props;
  if (model.filter.trim() !== '') {
    return (
      <Empty
        sentence={trans.__('No dataset matches the filter.')}
        button={{ label: trans.__('Clear the filter'), onClick: () => model.showFilter('') }}
      />
    );
  }
  return (
    <Empty
      sentence={trans.__('Datasets appear here with every version that is saved.')}
      code={FIRST_DATASET}
      button={{
        label: trans.__('Insert into notebook'),
        onClick: () => void commands.execute('benchbook:insert-code', { code: FIRST_DATASET })
      }}
    />
  );
}
