/** The columns of a version as small multiples: type, what is missing, how values are spread. */
import * as React from 'react';

import { Bin, ColumnProfile, Profile, TopValue } from '../contract';
import { useBench } from '../ui/bench';
import { number, percent, timeText, value } from '../ui/format';
import { Empty } from '../ui/states';
import { filterColumns } from './model';

/** Columns from which on a filter box is worth its place. */
const MANY = 12;

export function ColumnGrid(props: { profile: Profile }): JSX.Element {
  const { trans } = useBench();
  const { columns, rows } = props.profile;
  const [filter, setFilter] = React.useState('');
  const shown = filterColumns(columns, filter);
  return (
    <>
      {columns.length > MANY && (
        <input
          type="search"
          className="bb-Input"
          placeholder={trans.__('Filter %1 columns', columns.length)}
          aria-label={trans.__('Filter columns')}
          value={filter}
          onChange={event => setFilter(event.target.value)}
        />
      )}
      {shown.length === 0 && <Empty sentence={trans.__('No column matches the filter.')} />}
      <ul className="bb-ColumnGrid">
        {shown.map(column => (
          <ColumnCard key={column.name} column={column} rows={rows} />
        ))}
      </ul>
    </>
  );
}

const ColumnCard = React.memo(function ColumnCard(props: {
  column: ColumnProfile;
  rows: number;
}): JSX.Element {
  const { column, rows } = props;
  return (
    <li className="bb-ColumnCard" data-kind={column.kind}>
      <div className="bb-ColumnCard-head">
        <h2 title={column.name}>{column.name}</h2>
        <span className="bb-ColumnCard-type" title={column.type}>
          {column.type.toLowerCase()}
        </span>
      </div>
      <Spread column={column} rows={rows} />
      <Facts column={column} />
      <Missing missing={column.missing} rows={rows} />
    </li>
  );
});

function Spread(props: { column: ColumnProfile; rows: number }): JSX.Element | null {
  const { trans } = useBench();
  const { distinct, histogram, missing, top } = props.column;
  if (histogram.length > 0) {
    return <Histogram bins={histogram} />;
  }
  if (distinct !== null && distinct > 1 && distinct === props.rows - missing) {
    return <p className="bb-Quiet bb-ColumnCard-unique">{trans.__('Every value is different.')}</p>;
  }
  return props.column.kind === 'time' ? null : <TopValues top={top} rows={props.rows} />;
}

const WIDTH = 180;
const HEIGHT = 44;

/** A column's histogram; each bar says its range and count. */
export function Histogram(props: { bins: Bin[] }): JSX.Element {
  const { trans } = useBench();
  const { bins } = props;
  const most = Math.max(1, ...bins.map(bin => bin.count));
  const step = WIDTH / bins.length;
  return (
    <svg
      className="bb-Histogram"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={trans.__('Histogram of %1 bars', bins.length)}
    >
      {bins.map((bin, at) => {
        const height = bin.count === 0 ? 0 : Math.max(1, (bin.count / most) * HEIGHT);
        return (
          <g key={at}>
            <title>
              {trans.__('%1 to %2: %3 rows', number(bin.low), number(bin.high), number(bin.count))}
            </title>
            <rect className="bb-Histogram-hit" x={at * step} y={0} width={step} height={HEIGHT} />
            <rect
              className="bb-Histogram-bar"
              x={at * step + 0.5}
              y={HEIGHT - height}
              width={Math.max(0.5, step - 1)}
              height={height}
            />
          </g>
        );
      })}
    </svg>
  );
}

function TopValues(props: { top: TopValue[]; rows: number }): JSX.Element {
  const { trans } = useBench();
  const shown = props.top.slice(0, 4);
  const all = Math.max(1, props.rows);
  return (
    <ol className="bb-Top" aria-label={trans.__('Most frequent values')}>
      {shown.map(entry => (
        <li key={entry.value} title={`${entry.value}: ${number(entry.count)}`}>
          <span className="bb-Top-bar" style={{ width: `${(100 * entry.count) / all}%` }} />
          <span className="bb-Top-value">{entry.value === '' ? '""' : entry.value}</span>
          <span className="bb-Num">{percent(entry.count, props.rows)}</span>
        </li>
      ))}
    </ol>
  );
}

/** The lowest and the highest value, where an order means something. */
function rangeText(column: ColumnProfile): string | null {
  if (column.min === null || !['number', 'time'].includes(column.kind)) {
    return null;
  }
  const write = column.kind === 'time' ? timeText : value;
  return `${write(column.min)} … ${write(column.max)}`;
}

function Facts(props: { column: ColumnProfile }): JSX.Element {
  const { trans } = useBench();
  const { column } = props;
  const range = rangeText(column);
  return (
    <div className="bb-ColumnCard-facts">
      {range && <span title={trans.__('lowest and highest value')}>{range}</span>}
      {column.mean !== null && <span title={trans.__('mean')}>∅ {number(column.mean)}</span>}
      {column.distinct !== null && (
        <span title={trans.__('different values')}>
          {column.distinct_exact ? '' : '≈ '}
          {trans.__('%1 distinct', number(column.distinct))}
        </span>
      )}
      {column.infinite > 0 && <span>{trans.__('%1 infinite', number(column.infinite))}</span>}
    </div>
  );
}

function Missing(props: { missing: number; rows: number }): JSX.Element {
  const { trans } = useBench();
  const { missing, rows } = props;
  const text =
    missing === 0 ? trans.__('none missing') : trans.__('%1 missing', percent(missing, rows));
  return (
    <div className="bb-Missing" title={trans.__('%1 of %2 rows', number(missing), number(rows))}>
      {missing > 0 && (
        <span className="bb-Missing-track" aria-hidden="true">
          <span style={{ width: `${(100 * missing) / rows}%` }} />
        </span>
      )}
      {text}
    </div>
  );
}
