/** The grid under the chart: alerts, all columns together, and how far each column moved, one cell a chunk. One tab
 * stop; arrows move, Enter opens. A shade is never alone: a cell says its number, and one that rang has a mark. */
import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { ChunkPoint, DriftRow, MonitorPage } from '../contract';
import { useBench } from '../ui/bench';
import { number } from '../ui/format';
import { Name } from '../ui/parts';
import { ISelection, MonitorPageModel } from './model';
import { GUTTER, hasLabel, ICell, ILayout, MARGIN, shade, SHADES, step } from './scale';

/** One row of the grid. */
interface IRow {
  key: string;
  name: string;
  title: string;
  kind: 'alerts' | 'together' | 'column';
  drift: DriftRow | null;
}

interface ICellLook {
  text: string;
  label: string;
  shade: number | null;
  rung: boolean;
  open: boolean;
}

function useRows(page: MonitorPage): IRow[] {
  const { trans } = useBench();
  return React.useMemo(() => {
    const fixed: IRow[] = [
      {
        key: 'alerts:',
        name: trans.__('alerts'),
        title: trans.__('Alerts that rang; a filled mark is one that waits for an answer'),
        kind: 'alerts',
        drift: null
      },
      {
        key: 'together:',
        name: trans.__('all columns (AUC)'),
        title: trans.__('How well a classifier tells the chunk from the reference: 0.5 not at all'),
        kind: 'together',
        drift: null
      }
    ];
    const columns = page.drift.map((drift): IRow => ({
      key: `column:${drift.column}`,
      name: drift.column,
      title: drift.column,
      kind: 'column',
      drift
    }));
    return [...fixed, ...columns];
  }, [page, trans]);
}

function alertsLook(chunk: ChunkPoint, trans: TranslationBundle): ICellLook {
  return {
    text: chunk.alerts > 0 ? String(chunk.alerts) : '',
    label: trans.__('%1: %2 alerts, %3 open', chunk.id, chunk.alerts, chunk.open),
    shade: null,
    rung: chunk.alerts > 0,
    open: chunk.open > 0
  };
}

/** `.31`; what has no value is left empty. */
function short(value: number | null): string {
  return value === null ? '' : value.toFixed(2).replace(/^0/, '');
}

function togetherLook(row: IRow, chunk: ChunkPoint, trans: TranslationBundle): ICellLook {
  const auc = chunk.multivariate?.[0] ?? null;
  const told = auc === null ? trans.__('no value') : number(auc);
  return {
    text: short(auc),
    label: trans.__('%1, %2: %3', row.name, chunk.id, told),
    shade: shade(auc === null ? null : Math.max(0, 2 * auc - 1)),
    rung: false,
    open: false
  };
}

function columnLook(
  drift: DriftRow,
  chunk: ChunkPoint,
  at: number,
  trans: TranslationBundle
): ICellLook {
  const value = drift.values[at];
  const rung = drift.rung[at];
  const told = value === null ? trans.__('no value') : number(value);
  const label = rung
    ? trans.__('%1, %2: %3, alert', drift.column, chunk.id, told)
    : trans.__('%1, %2: %3', drift.column, chunk.id, told);
  return { text: short(value), label, shade: shade(value), rung, open: rung && chunk.open > 0 };
}

function lookOf(row: IRow, chunk: ChunkPoint, at: number, trans: TranslationBundle): ICellLook {
  if (row.drift) {
    return columnLook(row.drift, chunk, at, trans);
  }
  return row.kind === 'alerts' ? alertsLook(chunk, trans) : togetherLook(row, chunk, trans);
}

const Cell = React.memo(function Cell(props: {
  look: ICellLook;
  row: number;
  chunk: number;
  kind: IRow['kind'];
  current: boolean;
  selected: boolean;
}): JSX.Element {
  const { look } = props;
  return (
    <div
      role="gridcell"
      className="bb-Heat-cell"
      data-row={props.row}
      data-chunk={props.chunk}
      data-kind={props.kind}
      data-shade={look.shade ?? undefined}
      data-rung={look.rung || undefined}
      data-open={look.open || undefined}
      aria-label={look.label}
      aria-selected={props.selected}
      title={look.label}
      tabIndex={props.current ? 0 : -1}
    >
      {look.rung && (
        <svg className="bb-Heat-mark" viewBox="0 0 10 10" width="8" height="8" aria-hidden="true">
          <path d="M5 1l4.500 8h-9z" />
        </svg>
      )}
      <span className="bb-Heat-value">{look.text}</span>
    </div>
  );
});

/** The cell of the grid that an event came from. */
function cellOf(target: EventTarget): ICell | null {
  const node = target instanceof Element ? target.closest<HTMLElement>('.bb-Heat-cell') : null;
  return node ? { row: Number(node.dataset.row), chunk: Number(node.dataset.chunk) } : null;
}

function useOpen(model: MonitorPageModel, page: MonitorPage, rows: IRow[]): (cell: ICell) => void {
  return React.useCallback(
    cell => {
      const row = rows[cell.row];
      const chunk = page.chunks[cell.chunk];
      if (row.kind === 'alerts' && chunk.alerts > 0) {
        model.showAlerts(chunk.id);
      } else {
        model.select({ chunk: chunk.id, column: row.drift?.column ?? null });
      }
    },
    [model, page, rows]
  );
}

function isSelected(selection: ISelection | null, row: IRow, chunk: ChunkPoint): boolean {
  if (selection?.chunk !== chunk.id || row.kind === 'alerts') {
    return false;
  }
  return selection.column === (row.drift?.column ?? null);
}

export const HeatMap = React.memo(function HeatMap(props: {
  model: MonitorPageModel;
  page: MonitorPage;
  layout: ILayout;
  selection: ISelection | null;
}): JSX.Element {
  const { trans } = useBench();
  const { model, page } = props;
  const grid = React.useRef<HTMLDivElement>(null);
  const rows = useRows(page);
  const [current, setCurrent] = React.useState<ICell>({ row: 2, chunk: page.chunks.length - 1 });
  const open = useOpen(model, page, rows);
  const place = {
    row: Math.min(current.row, rows.length - 1),
    chunk: Math.min(current.chunk, page.chunks.length - 1)
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const to = step(place, event.key, rows.length, page.chunks.length);
    if (to) {
      event.preventDefault();
      setCurrent(to);
      const selector = `[data-row="${to.row}"][data-chunk="${to.chunk}"]`;
      grid.current?.querySelector<HTMLElement>(selector)?.focus();
    } else if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      open(place);
    } else if (event.key === 'Escape') {
      model.select(null);
    }
  };
  const onClick = (event: React.MouseEvent): void => {
    const cell = cellOf(event.target);
    if (cell) {
      setCurrent(cell);
      open(cell);
    }
  };
  return (
    <div
      ref={grid}
      role="grid"
      aria-label={trans.__('Drift of columns by chunk')}
      aria-rowcount={rows.length + 1}
      aria-colcount={page.chunks.length + 1}
      className="bb-Heat"
      data-readable={props.layout.readable}
      style={{
        gridTemplateColumns: `${GUTTER}px repeat(${page.chunks.length}, ${props.layout.slot}px) ${MARGIN}px`
      }}
      onKeyDown={onKeyDown}
      onClick={onClick}
    >
      <Labels page={page} layout={props.layout} />
      {rows.map((row, at) => (
        <Row
          key={row.key}
          row={row}
          at={at}
          page={page}
          current={place.row === at ? place.chunk : -1}
          selection={props.selection}
        />
      ))}
    </div>
  );
});

function Labels(props: { page: MonitorPage; layout: ILayout }): JSX.Element {
  const { trans } = useBench();
  const { layout, page } = props;
  return (
    <div role="row" className="bb-Heat-row" data-crowded={layout.label > layout.slot}>
      <span role="columnheader" className="bb-Heat-corner">
        {trans.__('chunk')}
      </span>
      {page.chunks.map((chunk, at) => (
        <span
          key={chunk.id}
          role="columnheader"
          className="bb-Heat-label"
          title={chunk.id}
          aria-label={chunk.id}
        >
          {hasLabel(layout, at, page.chunks.length) && <span>{chunk.id}</span>}
        </span>
      ))}
    </div>
  );
}

const Row = React.memo(function Row(props: {
  row: IRow;
  at: number;
  page: MonitorPage;
  current: number;
  selection: ISelection | null;
}): JSX.Element {
  const { trans } = useBench();
  const { at, page, row, selection } = props;
  const looks = React.useMemo(
    () => page.chunks.map((chunk, number) => lookOf(row, chunk, number, trans)),
    [page, row, trans]
  );
  return (
    <div role="row" className="bb-Heat-row" data-kind={row.kind}>
      <span role="rowheader" className="bb-Heat-name">
        <Name text={row.name} title={row.title} />
      </span>
      {page.chunks.map((chunk, number) => (
        <Cell
          key={chunk.id}
          look={looks[number]}
          row={at}
          chunk={number}
          kind={row.kind}
          current={props.current === number}
          selected={isSelected(selection, row, chunk)}
        />
      ))}
    </div>
  );
});

/** What the shades mean. */
export function HeatLegend(): JSX.Element {
  const { trans } = useBench();
  return (
    <div className="bb-Legend">
      <span>{trans.__('distance from the reference, 0 equal to 1 nothing in common')}</span>
      <span className="bb-Heat-scale">
        {SHADES.map((end, at) => (
          <span key={end} className="bb-Heat-cell" data-shade={at}>
            <span className="bb-Heat-value">{`≤ ${end}`}</span>
          </span>
        ))}
      </span>
      <span className="bb-Legend-item">
        <svg className="bb-Heat-mark" viewBox="0 0 10 10" width="8" height="8" aria-hidden="true">
          <path d="M5 1l4.500 8h-9z" />
        </svg>
        {trans.__('rang')}
      </span>
    </div>
  );
}
