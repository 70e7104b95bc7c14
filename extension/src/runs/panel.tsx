/** The Runs sidebar. */
import * as React from 'react';

import { RunRow } from '../contract';
import { useBench, useChanges } from '../ui/bench';
import { useNow } from '../ui/clock';
import { CopyButton } from '../ui/copy';
import { number } from '../ui/format';
import { SidebarFilter } from '../ui/filter';
import { Empty, ErrorBox, Skeleton, Working } from '../ui/states';
import { Tree } from '../ui/tree';
import { RunsModel } from './model';
import { RunLine } from './row';

const FIRST_RUN = 'bb.start_run("first")';

export function RunsPanel(props: { model: RunsModel }): JSX.Element {
  const { model } = props;
  const { trans } = useBench();
  useChanges(model);
  return (
    <SidebarFilter
      key={model.filterSets}
      initial={model.filter}
      title={trans.__('Words to look for, or a condition: metrics.auc > 0.7')}
      placeholder={trans.__('Filter runs')}
      onFilter={text => {
        model.filter = text;
      }}
    >
      <Working busy={model.page.loading && model.page.value === undefined} />
      <Body model={model} />
      <SelectionBar model={model} />
    </SidebarFilter>
  );
}

function Body(props: { model: RunsModel }): JSX.Element {
  const { page } = props.model;
  if (page.error) {
    return (
      <>
        <ErrorBox
          error={page.error}
          onRetry={page.error.status === 400 ? undefined : () => void page.refresh()}
        />
        {page.error.status !== 400 && page.value && <List model={props.model} />}
      </>
    );
  }
  return page.value ? <List model={props.model} /> : <Skeleton />;
}

function useRowActions(model: RunsModel) {
  const { commands } = useBench();
  return React.useMemo(
    () => ({
      onOpen: (row: RunRow) => void commands.execute('benchbook:open-run', { id: row.id }),
      onToggle: (key: string, expanded: boolean) => model.setExpanded(key, expanded),
      onSelect: (key: string) => model.toggleSelected(key),
      render: (row: RunRow) => <RunLine row={row} />,
      pageOf: (row: RunRow) => `benchbook-run-${row.id}`,
      dataset: (row: RunRow) => ({ 'data-bb-run': row.id, 'data-status': row.status })
    }),
    [commands, model]
  );
}

function List(props: { model: RunsModel }): JSX.Element {
  const { model } = props;
  const { trans } = useBench();
  const actions = useRowActions(model);
  const groups = model.groups(useNow(), trans);
  if (groups.length === 0) {
    return <Nothing model={model} />;
  }
  return (
    <>
      <Tree label={trans.__('Runs')} groups={groups} selected={model.selected} {...actions} />
      {model.hasMore && <More model={model} />}
    </>
  );
}

function More(props: { model: RunsModel }): JSX.Element {
  const { trans } = useBench();
  const { runs = [], total = 0 } = props.model.page.value ?? {};
  return (
    <div className="bb-More">
      <span>{trans.__('%1 of %2', number(runs.length), number(total))}</span>
      <button type="button" className="bb-Link" onClick={() => props.model.more()}>
        {trans.__('Show more')}
      </button>
    </div>
  );
}

function Nothing(props: { model: RunsModel }): JSX.Element {
  const { commands, trans } = useBench();
  const { model } = props;
  if (model.filter.trim() !== '') {
    return (
      <Empty
        sentence={trans.__('No run matches the filter.')}
        button={{ label: trans.__('Clear the filter'), onClick: () => model.showFilter('') }}
      />
    );
  }
  return (
    <Empty
      sentence={trans.__('Runs appear here as soon as a notebook starts one.')}
      code={FIRST_RUN}
      button={{
        label: trans.__('Insert into notebook'),
        onClick: () => void commands.execute('benchbook:insert-code', { code: FIRST_RUN })
      }}
    />
  );
}

function SelectionBar(props: { model: RunsModel }): JSX.Element | null {
  const { trans } = useBench();
  const { selected } = props.model;
  if (selected.size === 0) {
    return null;
  }
  return (
    <div className="bb-SelectionBar" role="status">
      <span>{trans._n('%1 selected', '%1 selected', selected.size)}</span>
      <CopyButton text={[...selected].join('\n')} label={trans.__('Copy ids')} />
      <button type="button" className="bb-Link" onClick={() => props.model.clearSelected()}>
        {trans.__('Clear')}
      </button>
    </div>
  );
}
