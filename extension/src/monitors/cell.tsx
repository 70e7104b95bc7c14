/** One column of one chunk beside the reference, or the chunk itself: distributions, statistics, rows. */
import * as React from 'react';

import { Bar, ChunkPoint, ColumnDrift, ColumnView, MonitorPage, Threshold } from '../contract';
import { useBench, useChanges } from '../ui/bench';
import { RefChip } from '../ui/chip';
import { number, percent, timeText } from '../ui/format';
import { Pairs } from '../ui/page';
import { Num } from '../ui/parts';
import { RowsView } from '../ui/rows';
import { ErrorBox, Skeleton } from '../ui/states';
import { Table } from '../ui/table';
import { Tabs } from '../ui/tabs';
import { ISelection, MonitorPageModel } from './model';

export function CellPanel(props: {
  model: MonitorPageModel;
  page: MonitorPage;
}): JSX.Element | null {
  const { trans } = useBench();
  const { model, page } = props;
  useChanges(model.column);
  const panel = React.useRef<HTMLElement>(null);
  const { selection } = model;
  // The drawer may have come over the cell; the page's scroll padding keeps it clear of that.
  React.useEffect(() => {
    const cell = panel.current?.parentElement?.querySelector('.bb-Heat-cell[aria-selected="true"]');
    cell?.scrollIntoView({ block: 'nearest' });
  }, [selection]);
  const chunk = page.chunks.find(({ id }) => id === selection?.chunk);
  if (!selection || !chunk) {
    return null;
  }
  const title = selection.column ?? trans.__('all columns');
  return (
    <section
      ref={panel}
      className="bb-CellPanel"
      aria-label={trans.__('%1 in %2', title, chunk.id)}
      onKeyDown={event => event.key === 'Escape' && model.select(null)}
    >
      <div className="bb-CellPanel-head">
        <h2>{trans.__('%1 in %2', title, chunk.id)}</h2>
        <button type="button" className="bb-Link" onClick={() => model.select(null)}>
          {trans.__('Close')}
        </button>
      </div>
      <Tabs
        label={trans.__('Parts of the cell')}
        current={model.panelTab}
        tabs={[
          {
            id: 'spread',
            label: selection.column === null ? trans.__('Chunk') : trans.__('Distributions'),
            render: () => <Spread model={model} page={page} chunk={chunk} selection={selection} />
          },
          {
            id: 'rows',
            label: trans.__('Rows'),
            count: chunk.rows,
            render: () => (
              <RowsView
                key={chunk.id}
                rows={model.rows}
                offset={model.offset}
                pageSize={model.pageSize}
                onOffset={offset => model.showRows(offset)}
              />
            )
          }
        ]}
        onSelect={tab => {
          model.panelTab = tab;
        }}
      />
    </section>
  );
}

function Spread(props: {
  model: MonitorPageModel;
  page: MonitorPage;
  chunk: ChunkPoint;
  selection: ISelection;
}): JSX.Element {
  const { chunk, model, page, selection } = props;
  const { error, value: view } = model.column;
  if (selection.column === null) {
    return <ChunkFacts page={page} chunk={chunk} />;
  }
  if (error) {
    return <ErrorBox error={error} onRetry={() => void model.column.refresh()} />;
  }
  const isIt = view?.chunk === chunk.id && view.column.name === selection.column;
  return isIt ? <ColumnFacts view={view} /> : <Skeleton lines={8} />;
}

/** `flights:3` as a chip, or the text where it is no such ref. */
export function VersionChip(props: { noun: 'dataset' | 'model'; text: string }): JSX.Element {
  const [name, version] = props.text.split(':');
  return Number(version) > 0 ? (
    <RefChip to={{ noun: props.noun, name, version: Number(version) }} />
  ) : (
    <>{props.text}</>
  );
}

function interval(value: [number, number, number] | null): React.ReactNode {
  return value ? `${number(value[0])} (${number(value[1])} – ${number(value[2])})` : '–';
}

function ChunkFacts(props: { page: MonitorPage; chunk: ChunkPoint }): JSX.Element {
  const { trans } = useBench();
  const { chunk, page } = props;
  const span = [chunk.start, chunk.end].map(timeText).join(' … ');
  return (
    <>
      <Pairs
        pairs={[
          [trans.__('rows'), <Num key="rows" value={chunk.rows} />],
          ...(chunk.start ? [[trans.__('time'), span] as [string, React.ReactNode]] : []),
          [trans.__('model'), <VersionChip key="model" noun="model" text={chunk.model} />],
          [trans.__('data'), <VersionChip key="data" noun="dataset" text={chunk.data} />],
          [trans.__('%1 measured', page.metric), interval(chunk.performance)],
          [trans.__('%1 estimated', page.metric), interval(chunk.estimate)],
          [trans.__('AUC of chunk against reference'), interval(chunk.multivariate)]
        ]}
      />
      <ul className="bb-Notes">
        {chunk.notes.map(note => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    </>
  );
}

function ColumnFacts(props: { view: ColumnView }): JSX.Element {
  const { trans } = useBench();
  const { view } = props;
  const { column } = view;
  return (
    <>
      {view.alerts.map(alert => (
        <p key={alert.id} className="bb-Warning">
          {alert.message}
        </p>
      ))}
      {column.problem && view.alerts.length === 0 && <p className="bb-Warning">{column.problem}</p>}
      <div className="bb-CellPanel-columns">
        {column.bars.length > 0 && <Bars view={view} />}
        <div>
          <Statistics column={column} thresholds={view.thresholds} />
          <Categories column={column} />
        </div>
      </div>
      <p className="bb-Quiet">
        {view.kept ? view.bound : trans.__('Thresholds were not kept when this chunk was seen.')}
      </p>
    </>
  );
}

function barName(bar: Bar, isTime: boolean): string {
  const end = (value: number | null, open: string): string => {
    if (value === null) {
      return open;
    }
    return isTime ? timeText(new Date(value * 1000).toISOString().slice(0, 19)) : number(value);
  };
  return bar.label || `${end(bar.low, '−∞')} … ${end(bar.high, '∞')}`;
}

/** Both distributions over the same bars: the reference hollow, the chunk filled, so that no colour is needed. */
function Bars(props: { view: ColumnView }): JSX.Element {
  const { trans } = useBench();
  const { column, chunk, reference } = props.view;
  const most = Math.max(0.001, ...column.bars.flatMap(bar => [bar.reference, bar.chunk]));
  const size = (share: number): string => `${(100 * share) / most}%`;
  return (
    <figure className="bb-Bars" aria-label={trans.__('Distributions of %1', column.name)}>
      <figcaption className="bb-Legend">
        <span className="bb-Legend-item" data-kind="reference">
          <span className="bb-Bars-key" data-side="reference" aria-hidden="true" />
          {trans.__('reference %1', reference)}
        </span>
        <span className="bb-Legend-item" data-kind="chunk">
          <span className="bb-Bars-key" data-side="chunk" aria-hidden="true" />
          {trans.__('chunk %1', chunk)}
        </span>
      </figcaption>
      <ol className="bb-Bars-list" data-few={column.bars.length <= 12}>
        {column.bars.map((bar, at) => {
          const name = barName(bar, column.kind === 'time');
          const shares = [bar.reference, bar.chunk].map(share => percent(share, 1));
          return (
            <li key={at} title={trans.__('%1: reference %2, chunk %3', name, ...shares)}>
              <span className="bb-Bars-name">{name}</span>
              <span className="bb-Bars-pair">
                <span data-side="reference" style={{ width: size(bar.reference) }} />
                <span data-side="chunk" style={{ width: size(bar.chunk) }} />
              </span>
              <span className="bb-Num bb-Quiet">{shares.join(' → ')}</span>
            </li>
          );
        })}
      </ol>
    </figure>
  );
}

interface IStatistic {
  name: string;
  value: React.ReactNode;
  limit: number | null;
  /** Whether value and limit are shares of rows. */
  share?: boolean;
}

/** A p-value; below a ten-thousandth its digits mean nothing. */
function chance(p: number | null): React.ReactNode {
  if (p === null) {
    return null;
  }
  return p < 1e-4 ? <span title={String(p)}>{'< 0.0001'}</span> : <Num value={p} />;
}

function change(before: number | null, after: number | null): string | null {
  return before === null || after === null ? null : `${percent(before, 1)} → ${percent(after, 1)}`;
}

function useStatistics(column: ColumnDrift, thresholds: Threshold[]): IStatistic[] {
  const { trans } = useBench();
  const limit = (name: string): number | null =>
    thresholds.find(({ statistic }) => statistic === name)?.value ?? null;
  const num = (value: number | null): React.ReactNode =>
    value === null ? null : <Num value={value} />;
  const rows: IStatistic[] = [
    { name: trans.__('distance (Jensen-Shannon)'), value: num(column.js), limit: limit('js') },
    { name: trans.__('stability index (PSI)'), value: num(column.psi), limit: null },
    { name: trans.__('Kolmogorov-Smirnov'), value: num(column.ks), limit: null },
    { name: trans.__('Wasserstein, in deviations'), value: num(column.wasserstein), limit: null },
    { name: trans.__('chi-squared'), value: num(column.chi2), limit: null },
    { name: trans.__('p, corrected'), value: chance(column.p_value), limit: null },
    {
      name: trans.__('missing'),
      value: change(column.missing_before, column.missing_after),
      limit: limit('missing'),
      share: true
    },
    {
      name: trans.__('outside the range'),
      value: column.kind === 'number' ? percent(column.out_of_range, 1) : null,
      limit: limit('out_of_range'),
      share: true
    },
    {
      name: trans.__('in new categories'),
      value: column.chi2 === null ? null : percent(column.new_share, 1),
      limit: limit('new_categories'),
      share: true
    },
    {
      name: trans.__('infinite'),
      value:
        column.infinite_before + column.infinite_after > 0
          ? change(column.infinite_before, column.infinite_after)
          : null,
      limit: limit('infinite'),
      share: true
    }
  ];
  return rows.filter(row => row.value !== null);
}

function Statistics(props: { column: ColumnDrift; thresholds: Threshold[] }): JSX.Element {
  const { trans } = useBench();
  const rows = useStatistics(props.column, props.thresholds);
  return (
    <Table
      caption={trans.__('Statistics')}
      rows={rows}
      keyOf={row => row.name}
      columns={[
        { title: trans.__('Statistic'), cell: row => row.name },
        { title: trans.__('Value'), numeric: true, cell: row => row.value },
        {
          title: trans.__('Alerts above'),
          numeric: true,
          cell: row =>
            row.limit !== null && (row.share ? percent(row.limit, 1) : <Num value={row.limit} />)
        }
      ]}
    />
  );
}

function Categories(props: { column: ColumnDrift }): JSX.Element | null {
  const { trans } = useBench();
  const { new_categories: added, vanished_categories: gone } = props.column;
  const told = (all: { value: string; count: number }[]): string =>
    all.map(({ value, count }) => `${value} (${number(count)})`).join(', ');
  const pairs: [string, React.ReactNode][] = [];
  if (added.length > 0) {
    pairs.push([trans.__('new, %1', props.column.new_count), told(added)]);
  }
  if (gone.length > 0) {
    pairs.push([trans.__('vanished, %1', props.column.vanished_count), told(gone)]);
  }
  return pairs.length > 0 ? <Pairs pairs={pairs} /> : null;
}
