/** A plain semantic table, for everything that is read in rows. */
import * as React from 'react';

import { Hidden } from './parts';

export interface ITableColumn<T> {
  title: string;
  /** Right-aligned, in tabular figures. */
  numeric?: boolean;
  /** Whether the title is for screen readers only. */
  untitled?: boolean;
  cell: (row: T) => React.ReactNode;
}

export function Table<T>(props: {
  caption: string;
  columns: ITableColumn<T>[];
  rows: readonly T[];
  keyOf: (row: T) => string | number;
  current?: (row: T) => boolean;
}): JSX.Element {
  const align = (column: ITableColumn<T>): string | undefined =>
    column.numeric ? 'bb-right' : undefined;
  return (
    <div className="bb-TableHost">
      <table className="bb-Table">
        <caption className="bb-hidden">{props.caption}</caption>
        <thead>
          <tr>
            {props.columns.map(column => (
              <th key={column.title} scope="col" className={align(column)}>
                {column.untitled ? <Hidden text={column.title} /> : column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {props.rows.map(row => (
            <tr key={props.keyOf(row)} aria-current={props.current?.(row) ? 'true' : undefined}>
              {props.columns.map(column => (
                <td key={column.title} className={align(column)}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
