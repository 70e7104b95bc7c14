/** A metric's course in 42 × 16 pixels. */
import * as React from 'react';

import { Num } from './format';
import { sparkPath } from './spark';

const WIDTH = 38;
const HEIGHT = 12;

export const Sparkline = React.memo(function Sparkline(props: { points: readonly Num[] }) {
  if (props.points.length < 2) {
    return null;
  }
  return (
    <svg
      className="bb-Sparkline"
      width={WIDTH + 4}
      height={HEIGHT + 4}
      viewBox={`-2 -2 ${WIDTH + 4} ${HEIGHT + 4}`}
      aria-hidden="true"
    >
      <path d={sparkPath(props.points, WIDTH, HEIGHT)} />
    </svg>
  );
});
