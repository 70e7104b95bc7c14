import { describe, expect, it } from 'vitest';

import { sparkPath } from './spark';

describe('sparkPath', () => {
  it('spans the whole box from the lowest to the highest value', () => {
    expect(sparkPath([1, 3, 2], 40, 10)).toBe('M0 10L20 0L40 5');
  });

  it('draws a level line when nothing moves, and a dot for one point', () => {
    expect([sparkPath([5, 5], 40, 10), sparkPath([5], 40, 10)]).toEqual(['M0 5L40 5', 'M0 5h0.01']);
  });

  it('leaves a gap at values that are not finite', () => {
    expect(sparkPath([0, 'nan', 1, 2], 30, 10)).toBe('M0 10M20 5L30 0');
  });

  it('draws nothing from nothing', () => {
    expect([sparkPath([], 40, 10), sparkPath(['inf', 'nan'], 40, 10)]).toEqual(['', '']);
  });
});
