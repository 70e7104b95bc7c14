import { expect, it } from 'vitest';

import { plotData } from './plot';

it('a curve is drawn by step, with gaps where values are not finite', () => {
  const curve = {
    run: 'r',
    key: 'k',
    steps: [2, 1, 1],
    values: [3, 'nan' as const, 5],
    times: [0, 0, 0],
    total: 3
  };
  expect(plotData(curve)).toEqual([
    [1, 1, 2],
    [null, 5, 3]
  ]);
});
