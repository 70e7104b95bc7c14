/** The Models sidebar. */
import * as React from 'react';

import { ModelVersion } from '../contract';
import { VersionBadge } from '../gates/parts';
import { Standing } from '../gates/standing';
import { AlertBadge } from '../monitors/badge';
import { useBench, useChanges } from '../ui/bench';
import { refData, Word } from '../ui/chip';
import { SidebarFilter } from '../ui/filter';
import { Ago, Name, Num } from '../ui/parts';
import { Empty, ErrorBox, Skeleton, Working } from '../ui/states';
import { UnderWay } from '../ui/tasks';
import { Tree } from '../ui/tree';
import { headline, ModelItem, ModelsModel } from './model';

const FIRST_MODEL = 'bb.register_model("delay", model, example=X.head())';
const NONE: ReadonlySet<string> = new Set();

export function ModelsPanel(props: { model: ModelsModel }): JSX.Element {
  const { model } = props;
  const { trans } = useBench();
  useChanges(model);
  return (
    <SidebarFilter
      key={model.filterSets}
      initial={model.filter}
      placeholder={trans.__('Filter models')}
      onFilter={text => {
        model.filter = text;
      }}
    >
      <Working busy={model.list.loading && model.list.value === undefined} />
      <Body model={model} />
      <UnderWay />
      <Waiting count={model.standing.waiting.length} />
    </SidebarFilter>
  );
}

/** How many promotions wait for somebody's word; a click shows them. */
function Waiting(props: { count: number }): JSX.Element | null {
  const { commands, trans } = useBench();
  return props.count > 0 ? (
    <div className="bb-More">
      <button
        type="button"
        className="bb-Link"
        onClick={() => void commands.execute('benchbook:show-gates', { tab: 'approvals' })}
      >
        {trans._n(
          '%1 promotion waits for approval',
          '%1 promotions wait for approval',
          props.count
        )}
      </button>
    </div>
  ) : null;
}

function Body(props: { model: ModelsModel }): JSX.Element {
  const { list } = props.model;
  return (
    <>
      {list.error && <ErrorBox error={list.error} onRetry={() => void list.refresh()} />}
      {list.value ? <List model={props.model} /> : !list.error && <Skeleton />}
    </>
  );
}

/** The version a row stands for. */
function target(item: ModelItem): { name: string; version: number } {
  const choices = {
    model: () => (item as ModelItem & { kind: 'model' }).summary.latest,
    version: () => (item as ModelItem & { kind: 'version' }).version,
    more: () => item as ModelItem & { kind: 'more' }
  };
  const { name, version } = choices[item.kind]();
  return { name, version };
}

/** What the context menu reads of a version that is served from here. */
function serving(model: ModelsModel, item: ModelItem): Record<`data-${string}`, string> {
  const served = item.kind === 'version' ? model.standing.mark(item.version).served : null;
  return served?.url ? { 'data-bb-serving': served.run } : {};
}

function List(props: { model: ModelsModel }): JSX.Element {
  const { model } = props;
  const { commands, trans } = useBench();
  const actions = React.useMemo(
    () => ({
      onOpen: (item: ModelItem) => void commands.execute('benchbook:open-model', target(item)),
      onToggle: (key: string, expanded: boolean) => model.setExpanded(key, expanded),
      render: (item: ModelItem) => <ModelLine item={item} standing={model.standing} />,
      pageOf: (item: ModelItem) =>
        item.kind === 'version'
          ? `benchbook-model-${item.version.name}:${item.version.version}`
          : '',
      dataset: (item: ModelItem) => ({
        ...refData({ noun: 'model', ...target(item) }),
        ...serving(model, item)
      })
    }),
    [commands, model]
  );
  const groups = model.groups(trans);
  return groups.length === 0 ? (
    <Nothing model={model} />
  ) : (
    <Tree label={trans.__('Models')} groups={groups} selected={NONE} {...actions} />
  );
}

function ModelLine(props: { item: ModelItem; standing: Standing }): JSX.Element {
  const { trans } = useBench();
  const { item } = props;
  if (item.kind === 'model') {
    return (
      <div className="bb-Line">
        <Name text={item.summary.name} className="bb-strong" />
        <AlertBadge model={item.summary.name} />
        <span className="bb-Quiet">{item.summary.latest.estimator.split('.').pop()}</span>
      </div>
    );
  }
  if (item.kind === 'more') {
    return (
      <div className="bb-Line bb-Quiet">
        {trans._n('%1 more version', '%1 more versions', item.count)}
      </div>
    );
  }
  return <VersionLine version={item.version} standing={props.standing} />;
}

function VersionLine(props: { version: ModelVersion; standing: Standing }): JSX.Element {
  const { trans } = useBench();
  const { version } = props;
  const shown = headline(version);
  return (
    <div className="bb-Line">
      <span className="bb-grow bb-Flags">
        {version.aliases.map(alias => (
          <Word key={alias} text={alias} flag />
        ))}
        {version.aliases.length === 0 && <span className="bb-Quiet">{trans.__('newest')}</span>}
      </span>
      <span className="bb-Version">{`v${version.version}`}</span>
      {shown && <Num value={shown[1]} label={shown[0]} />}
      <VersionBadge version={version} standing={props.standing} />
      <span className="bb-TwoLines-age">
        <Ago time={version.created} short />
      </span>
    </div>
  );
}

function Nothing(props: { model: ModelsModel }): JSX.Element {
  const { commands, trans } = useBench();
  const { model } = props;
  if (model.filter.trim() !== '') {
    return (
      <Empty
        sentence={trans.__('No model matches the filter.')}
        button={{ label: trans.__('Clear the filter'), onClick: () => model.showFilter('') }}
      />
    );
  }
  return (
    <Empty
      sentence={trans.__('Models appear here once they are registered.')}
      code={FIRST_MODEL}
      button={{
        label: trans.__('Insert into notebook'),
        onClick: () => void commands.execute('benchbook:insert-code', { code: FIRST_MODEL })
      }}
    />
  );
}
