/** All monitors of the project: what each watches, how it does, what it does by itself. */
import * as React from 'react';

import { ChunkPoint, MonitorItem } from '../contract';
import { useBench, useChanges } from '../ui/bench';
import { Word } from '../ui/chip';
import { number } from '../ui/format';
import { PageHeader } from '../ui/page';
import { Ago } from '../ui/parts';
import { Empty, ErrorBox, Skeleton } from '../ui/states';
import { ITableColumn, Table } from '../ui/table';
import { State } from './lists';
import { MonitorsModel } from './model';

/** What a person writes to have a monitor, with the names most people have. */
export const FIRST_MONITOR = `monitors:
  delay:
    model: delay            # delay@champion is what serves
    data: history           # its new versions bring the chunks
    reference: history:1
    chunk: month
    time: departs           # the column that says when
    target: late            # the column with what came true
    max_drop: 0.03          # of roc_auc, before it alerts`;

export function MonitorsPage(props: { model: MonitorsModel }): JSX.Element {
  const { trans } = useBench();
  const { list } = props.model;
  useChanges(list);
  return (
    <div className="bb-Page">
      <PageHeader kind={trans.__('Project')} title={trans.__('Monitors')} />
      {list.error && <ErrorBox error={list.error} onRetry={() => void list.refresh()} />}
      {list.value ? <List items={list.value} /> : !list.error && <Skeleton />}
    </div>
  );
}

function List(props: { items: MonitorItem[] }): JSX.Element {
  const { commands, trans } = useBench();
  const columns = useColumns();
  return props.items.length === 0 ? (
    <Empty
      sentence={trans.__(
        'A monitor watches a model on the data it meets: drift, performance, alerts, retraining. Describe one in benchbook.yaml:'
      )}
      code={FIRST_MONITOR}
      button={{
        label: trans.__('Open benchbook.yaml'),
        onClick: () => void commands.execute('benchbook:open-notebook', { path: 'benchbook.yaml' })
      }}
    />
  ) : (
    <Table
      caption={trans.__('Monitors')}
      rows={props.items}
      keyOf={({ summary }) => summary.name}
      columns={columns}
    />
  );
}

function Measured(props: { metric: string; latest: ChunkPoint | null }): JSX.Element {
  const { trans } = useBench();
  const { latest, metric } = props;
  const shown = latest?.performance ?? latest?.estimate;
  if (!shown) {
    return <span className="bb-Quiet">–</span>;
  }
  const word = latest?.performance ? '' : trans.__('estimated');
  return (
    <span title={trans.__('%1 to %2', number(shown[1]), number(shown[2]))}>
      {metric} {number(shown[0])} <span className="bb-Quiet">{word}</span>
    </span>
  );
}

function useColumns(): ITableColumn<MonitorItem>[] {
  const { commands, trans } = useBench();
  const loops = new Map([
    ['off', trans.__('nothing')],
    ['ask', trans.__('looks')],
    ['on', trans.__('looks and retrains')]
  ]);
  return [
    {
      title: trans.__('Monitor'),
      cell: ({ summary }) => (
        <button
          type="button"
          className="bb-Link bb-strong"
          onClick={() => void commands.execute('benchbook:open-monitor', { name: summary.name })}
        >
          {summary.name}
        </button>
      )
    },
    {
      title: trans.__('State'),
      cell: ({ problem, summary }) => <ItemState problem={problem} open={summary.open_count} />
    },
    {
      title: trans.__('Watches'),
      cell: ({ summary }) => (
        <>
          {summary.model} <Word text={summary.alias} flag />
        </>
      )
    },
    {
      title: trans.__('Newest chunk'),
      cell: ({ summary }) =>
        summary.latest && (
          <>
            {summary.latest.id} <Ago time={summary.latest.time} />
          </>
        )
    },
    {
      title: trans.__('Metric'),
      cell: ({ summary }) => <Measured metric={summary.metric} latest={summary.latest} />
    },
    { title: trans.__('By itself'), cell: ({ summary }) => loops.get(summary.loop) }
  ];
}

function ItemState(props: { problem: string; open: number }): JSX.Element {
  const { trans } = useBench();
  const { open, problem } = props;
  if (problem) {
    return <State state="failed" word={trans.__('cannot look')} title={problem} />;
  }
  return open > 0 ? (
    <State state="open" word={trans._n('%1 open alert', '%1 open alerts', open)} />
  ) : (
    <State state="answered" word={trans.__('no open alerts')} />
  );
}
