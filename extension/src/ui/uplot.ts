/** A uPlot in a component. It is fetched with the first chart, follows the width of its host, and is rebuilt when the
 * theme, or what `key` says, has changed. */
import * as React from 'react';
import type uPlot from 'uplot';

import { cssColor, useTheme } from './theme';

export interface IPlot {
  height: number;
  data: uPlot.AlignedData;
  /** Makes the options for a width; called with the plot's constructor, whose paths it may use. */
  options: (width: number, plot: typeof uPlot) => uPlot.Options;
  /** Whatever asks for a new plot and not only for new data. */
  key: string;
}

/** How our axes look. */
export function axis(space: number): uPlot.Axis {
  return {
    stroke: cssColor('--jp-ui-font-color2'),
    font: `11px ${cssColor('--jp-ui-font-family') || 'sans-serif'}`,
    grid: { stroke: cssColor('--jp-layout-color2'), width: 1 },
    ticks: { stroke: cssColor('--jp-border-color2'), width: 1, size: 3 },
    gap: 3,
    space
  };
}

/** Keeps a plot of `given` in `host`. */
export function usePlot(host: React.RefObject<HTMLDivElement>, given: IPlot): void {
  const theme = useTheme();
  const plot = React.useRef<uPlot | null>(null);
  const latest = React.useRef(given);
  latest.current = given;
  React.useEffect(() => {
    const node = host.current;
    let gone = false;
    const resize = new ResizeObserver(() => {
      const { height } = latest.current;
      plot.current?.setSize({ width: node?.clientWidth ?? 300, height });
    });
    void import('uplot').then(({ default: UPlot }) => {
      if (!gone && node) {
        const { data, options } = latest.current;
        plot.current = new UPlot(options(node.clientWidth, UPlot), data, node);
        resize.observe(node);
      }
    });
    return () => {
      gone = true;
      resize.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [host, theme, given.key]);
  React.useEffect(() => plot.current?.setData(given.data), [given.data]);
}
