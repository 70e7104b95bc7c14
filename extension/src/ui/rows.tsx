/** A page of a table's rows, with a pager; the same for a data version and for one chunk of it. */
import * as React from 'react';

import { RowPage } from '../contract';
import { useBench, useChanges } from './bench';
import { exactValue, number, timeText, value } from './format';
import { Resource } from './resource';
import { Empty, ErrorBox, Skeleton } from './states';
import { Table } from './table';

export interface IRowsProps {
  rows: Resource<RowPage>;
  offset: number;
  pageSize: number;
  onOffset: (offset: number) => void;
}

export function RowsView(props: IRowsProps): JSX.Element {
  const { trans } = useBench();
  const { rows } = props;
  useChanges(rows);
  const { error, value: page } = rows;
  if (error) {
    return <ErrorBox error={error} onRetry={() => void rows.refresh()} />;
  }
  if (!page) {
    return <Skeleton lines={10} />;
  }
  if (page.total === 0) {
    return <Empty sentence={trans.__('There are no rows.')} />;
  }
  return (
    <div className="bb-Rows" data-busy={rows.loading}>
      <Pager {...props} shown={page.rows.length} total={page.total} />
      <Table
        caption={trans.__('Rows')}
        rows={page.rows.map((cells, at) => ({ number: page.offset + at, cells }))}
        keyOf={row => row.number}
        columns={[
          {
            title: '#',
            numeric: true,
            cell: row => <span className="bb-Quiet">{number(row.number + 1)}</span>
          },
          ...page.columns.map((column, at) => ({
            title: column.name,
            numeric: page.rows.some(cells => typeof cells[at] === 'number'),
            cell: (row: { cells: unknown[] }) => <Cell value={row.cells[at]} type={column.type} />
          }))
        ]}
      />
    </div>
  );
}

function Cell(props: { value: unknown; type: string }): JSX.Element {
  if (props.value === null || props.value === undefined) {
    return <span className="bb-Null">{exactValue(null)}</span>;
  }
  return (
    <span className="bb-Cell" title={exactValue(props.value)}>
      {/^(TIMESTAMP|DATE)/.test(props.type) ? timeText(props.value) : value(props.value)}
    </span>
  );
}

function Pager(props: IRowsProps & { shown: number; total: number }): JSX.Element {
  const { trans } = useBench();
  const { offset, onOffset, pageSize, shown, total } = props;
  const last = Math.floor((total - 1) / pageSize) * pageSize;
  const to = (label: string, target: number, disabled: boolean): JSX.Element => (
    <button type="button" className="bb-Link" disabled={disabled} onClick={() => onOffset(target)}>
      {label}
    </button>
  );
  return (
    <div className="bb-Pager">
      <span role="status">
        {trans.__('%1-%2 of %3', number(offset + 1), number(offset + shown), number(total))}
      </span>
      {to(trans.__('First'), 0, offset === 0)}
      {to(trans.__('Previous'), offset - pageSize, offset === 0)}
      {to(trans.__('Next'), offset + pageSize, offset >= last)}
      {to(trans.__('Last'), last, offset >= last)}
    </div>
  );
}
