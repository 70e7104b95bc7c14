/** Performance over the chunks: measured with its interval, estimated with its band, baseline and limit, versions as
 * flags. What hangs below stands under the same chunks. */
import * as React from 'react';
import type uPlot from 'uplot';

import { AliasMark, ChunkPoint, MonitorPage } from '../contract';
import { useBench } from '../ui/bench';
import { moment, number } from '../ui/format';
import { cssColor } from '../ui/theme';
import { axis, usePlot } from '../ui/uplot';
import { extent, GUTTER, ILayout, MARGIN, marksAt, series } from './scale';

const HEIGHT = 168;

type Interval = [number, number, number] | null;

/** Uprights for intervals, and lines where a version took over; both between what uPlot itself draws. */
function drawExtras(plot: uPlot, page: MonitorPage, handovers: number[]): void {
  const { ctx } = plot;
  const x = (at: number): number => Math.round(plot.valToPos(at, 'x', true));
  const y = (value: number): number => plot.valToPos(value, 'y', true);
  const { height, top } = plot.bbox;
  ctx.save();
  ctx.setLineDash([]);
  ctx.lineWidth = devicePixelRatio;
  ctx.strokeStyle = cssColor('--jp-border-color1');
  for (const at of handovers) {
    ctx.beginPath();
    ctx.moveTo(x(at - 0.5), top);
    ctx.lineTo(x(at - 0.5), top + height);
    ctx.stroke();
  }
  ctx.strokeStyle = cssColor('--bb-series-1');
  page.chunks.forEach(({ performance }, at) => {
    if (performance) {
      ctx.beginPath();
      ctx.moveTo(x(at), y(performance[1]));
      ctx.lineTo(x(at), y(performance[2]));
      ctx.stroke();
    }
  });
  ctx.restore();
}

/** A chunk estimated between others that are not has no band to be part of: it gets an upright of its own. */
function drawLonely(plot: uPlot, chunks: ChunkPoint[]): void {
  const { ctx } = plot;
  ctx.save();
  ctx.fillStyle = cssColor('--bb-band');
  chunks.forEach(({ estimate }, at) => {
    const lonely = !chunks[at - 1]?.estimate && !chunks[at + 1]?.estimate;
    if (estimate && lonely) {
      const [left, high, low] = [
        plot.valToPos(at, 'x', true),
        plot.valToPos(estimate[2], 'y', true),
        plot.valToPos(estimate[1], 'y', true)
      ];
      ctx.fillRect(left - 4 * devicePixelRatio, high, 8 * devicePixelRatio, low - high);
    }
  });
  ctx.restore();
}

function lines(): uPlot.Series[] {
  const measured = cssColor('--bb-series-1');
  const estimated = cssColor('--bb-series-2');
  const quiet = cssColor('--jp-ui-font-color2');
  const hidden = { stroke: 'transparent', width: 0, points: { show: false } };
  const dashed = (dash: number[]): uPlot.Series => ({
    stroke: quiet,
    width: 1,
    dash,
    spanGaps: true,
    points: { show: false }
  });
  return [
    {},
    { stroke: measured, width: 1.5, points: { show: true, size: 6, fill: measured } },
    {
      stroke: estimated,
      width: 1.5,
      dash: [5, 3],
      points: { show: true, size: 6, fill: cssColor('--jp-layout-color1'), stroke: estimated }
    },
    hidden,
    hidden,
    dashed([8, 4]),
    dashed([2, 3])
  ];
}

function optionsOf(
  width: number,
  page: MonitorPage,
  handovers: number[],
  onHover: (at: number | null) => void
): uPlot.Options {
  const range = extent(page) ?? [0, 1];
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    padding: [4, MARGIN, 6, 0],
    scales: {
      x: { time: false, range: () => [-0.5, Math.max(0.5, page.chunks.length - 0.5)] },
      y: { range: () => range }
    },
    cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
    axes: [
      { show: false },
      { ...axis(30), size: GUTTER, values: (_, ticks) => ticks.map(tick => number(tick)) }
    ],
    series: lines(),
    bands: [{ series: [4, 3], fill: cssColor('--bb-band') }],
    hooks: {
      setCursor: [plot => onHover(plot.cursor.idx ?? null)],
      drawAxes: [plot => drawLonely(plot, page.chunks)],
      draw: [plot => drawExtras(plot, page, handovers)]
    }
  };
}

function useRead(page: MonitorPage): (at: number) => string {
  const { trans } = useBench();
  const measured = (value: Interval): string =>
    value ? trans.__('%1 (%2 to %3)', ...value.map(number)) : '';
  const estimated = (value: Interval): string =>
    value ? trans.__('estimated %1 (%2 to %3)', ...value.map(number)) : '';
  return at => {
    const chunk = page.chunks[at];
    const parts = [measured(chunk.performance), estimated(chunk.estimate)].filter(Boolean);
    return `${chunk.id}: ${parts.join(', ') || trans.__('neither measured nor estimated')}`;
  };
}

/** What is drawn, and what the chunk under the pointer (else the newest) says; as wide as the page. */
export function TimelineHead(props: { page: MonitorPage; at: number | null }): JSX.Element {
  const { at, page } = props;
  const read = useRead(page);
  const last = page.chunks.length - 1;
  return (
    <div className="bb-Timeline-head">
      <span className="bb-Chart-title">{page.metric}</span>
      <Legend page={page} />
      <span className="bb-Num">{read(at !== null && at <= last ? at : last)}</span>
    </div>
  );
}

export const PerformanceChart = React.memo(function PerformanceChart(props: {
  page: MonitorPage;
  layout: ILayout;
  onHover: (at: number | null) => void;
}): JSX.Element {
  const { trans } = useBench();
  const { onHover, page } = props;
  const host = React.useRef<HTMLDivElement>(null);
  const read = useRead(page);
  const marks = React.useMemo(() => marksAt(page), [page]);
  const data = React.useMemo(() => series(page), [page]);
  const latest = React.useRef(page);
  latest.current = page;
  usePlot(host, {
    height: HEIGHT,
    data,
    options: width => optionsOf(width, latest.current, [...marks.keys()], onHover),
    // Range, flags and intervals are drawn from the page, so another one asks for another plot.
    key: React.useMemo(
      () => JSON.stringify([data, page.chunks.map(({ performance }) => performance), [...marks]]),
      [data, marks, page]
    )
  });
  const last = page.chunks.length - 1;
  return (
    <figure
      className="bb-Timeline-chart"
      aria-label={trans.__('%1 by chunk. %2', page.metric, read(last))}
    >
      <Flags page={page} marks={marks} layout={props.layout} />
      <div ref={host} className="bb-Timeline-plot" aria-hidden="true" />
      {extent(page) === null && (
        <p className="bb-Quiet bb-Timeline-none">
          {trans.__('Neither measured nor estimated; the notes of each chunk say why.')}
        </p>
      )}
    </figure>
  );
});

function Legend(props: { page: MonitorPage }): JSX.Element {
  const { trans } = useBench();
  const { chunks } = props.page;
  const parts: [string, string, boolean][] = [
    ['measured', trans.__('measured, 95 % interval'), chunks.some(chunk => chunk.performance)],
    ['estimated', trans.__('estimated, 95 % band'), chunks.some(chunk => chunk.estimate)],
    ['baseline', trans.__('baseline'), chunks.some(chunk => chunk.baseline !== null)],
    ['limit', trans.__('alerts beyond'), chunks.some(chunk => chunk.baseline !== null)]
  ];
  return (
    <div className="bb-Legend">
      {parts
        .filter(([, , there]) => there)
        .map(([kind, label]) => (
          <span key={kind} className="bb-Legend-item" data-kind={kind}>
            <svg viewBox="0 0 22 10" width="22" height="10" aria-hidden="true">
              {kind === 'estimated' && <rect x="0" y="0" width="22" height="10" />}
              <path d="M0 5h22" />
              {kind === 'measured' && <circle cx="11" cy="5" r="3" />}
            </svg>
            {label}
          </span>
        ))}
    </div>
  );
}

/** The versions that took the alias, each a flag where it took over. */
function Flags(props: {
  page: MonitorPage;
  marks: Map<number, AliasMark[]>;
  layout: ILayout;
}): JSX.Element {
  const { page, layout, marks } = props;
  return (
    <div className="bb-Flags-row">
      {[...marks].map(([at, all]) => (
        <Flag
          key={at}
          page={page}
          marks={all}
          left={Math.min(GUTTER + at * layout.slot, layout.width - 40)}
        />
      ))}
    </div>
  );
}

function Flag(props: { page: MonitorPage; marks: AliasMark[]; left: number }): JSX.Element {
  const { commands, trans } = useBench();
  const { marks, page } = props;
  const { version } = marks[marks.length - 1];
  const told = marks.map(mark =>
    [
      trans.__('version %1 became %2 on %3', mark.version, page.alias, moment(mark.time)),
      mark.reason
    ]
      .filter(Boolean)
      .join(': ')
  );
  return (
    <button
      type="button"
      className="bb-Flag bb-Flags-flag"
      style={{ left: props.left }}
      title={told.join('\n')}
      aria-label={told.join('. ')}
      onClick={() => void commands.execute('benchbook:open-model', { name: page.model, version })}
    >
      {`v${version}`}
    </button>
  );
}
