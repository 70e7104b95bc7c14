/** One metric over its steps. uPlot is fetched with the first chart; a theme change builds the plot anew. */
import * as React from 'react';
import type uPlot from 'uplot';

import { Curve } from '../contract';
import { useBench } from './bench';
import { exact, Num, number } from './format';
import { plotData } from './plot';
import { cssColor, useTheme } from './theme';

const HEIGHT = 132;

/** Steps are whole, so the marks between them are. */
const WHOLE = Array.from({ length: 12 }, (_, power) =>
  [1, 2, 5].map(digit => digit * 10 ** power)
).flat();

function axis(space: number): uPlot.Axis {
  return {
    stroke: cssColor('--jp-ui-font-color2'),
    font: `11px ${cssColor('--jp-ui-font-family') || 'sans-serif'}`,
    grid: { stroke: cssColor('--jp-layout-color2'), width: 1 },
    ticks: { stroke: cssColor('--jp-border-color2'), width: 1, size: 3 },
    gap: 3,
    space
  };
}

function optionsOf(
  width: number,
  points: number,
  onHover: (at: number | null) => void
): uPlot.Options {
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    padding: [6, 14, 0, 0],
    scales: { x: { time: false } },
    cursor: { y: false, drag: { x: true, y: false }, points: { size: 6 } },
    axes: [
      {
        ...axis(48),
        size: 22,
        incrs: WHOLE,
        values: (_, ticks) => ticks.map(tick => number(tick))
      },
      { ...axis(28), size: 50, values: (_, ticks) => ticks.map(tick => number(tick)) }
    ],
    series: [
      {},
      {
        stroke: cssColor('--bb-series-1'),
        width: 1.5,
        spanGaps: false,
        points: { show: points < 20, size: 4, fill: cssColor('--bb-series-1') }
      }
    ],
    hooks: { setCursor: [plot => onHover(plot.cursor.idx ?? null)] }
  };
}

/** A plot that lives in `host`, follows its width, takes new points, and is rebuilt when the theme changes. */
function usePlot(
  host: React.RefObject<HTMLDivElement>,
  curve: Curve,
  onHover: (at: number | null) => void
): void {
  const theme = useTheme();
  const plot = React.useRef<uPlot | null>(null);
  const data = React.useRef(curve);
  const few = curve.steps.length < 20;
  data.current = curve;
  React.useEffect(() => {
    const node = host.current;
    let gone = false;
    const resize = new ResizeObserver(() => {
      plot.current?.setSize({ width: node?.clientWidth ?? 300, height: HEIGHT });
    });
    void import('uplot').then(({ default: UPlot }) => {
      if (!gone && node) {
        const options = optionsOf(node.clientWidth, data.current.steps.length, onHover);
        plot.current = new UPlot(options, plotData(data.current), node);
        resize.observe(node);
      }
    });
    return () => {
      gone = true;
      resize.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [host, onHover, theme, few]);
  React.useEffect(() => plot.current?.setData(plotData(curve)), [curve]);
}

export const CurveChart = React.memo(function CurveChart(props: {
  curve: Curve;
  last: Num;
}): JSX.Element {
  const { trans } = useBench();
  const { curve } = props;
  const host = React.useRef<HTMLDivElement>(null);
  const [at, setAt] = React.useState<number | null>(null);
  usePlot(host, curve, setAt);
  const [steps, values] = React.useMemo(() => plotData(curve), [curve]);
  const read =
    at === null
      ? null
      : trans.__('step %1: %2', number(steps[at] ?? 0), exact(values[at] ?? 'nan'));
  return (
    <figure
      className="bb-Chart"
      aria-label={trans.__(
        '%1 over %2 points, last %3',
        curve.key,
        curve.total,
        number(props.last)
      )}
    >
      <figcaption>
        <span className="bb-Chart-title" title={curve.key}>
          {curve.key}
        </span>
        <span className="bb-Num">{read ?? number(props.last)}</span>
      </figcaption>
      <div ref={host} className="bb-Chart-plot" aria-hidden="true" />
      <div className="bb-Chart-axis" aria-hidden="true">
        {trans.__('step')}
      </div>
    </figure>
  );
});
