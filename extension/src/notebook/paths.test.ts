import { describe, expect, it } from 'vitest';

import { labPath, relativeTo } from './paths';

describe('labPath', () => {
  it.each([
    ['train.ipynb', '/home/me/project', '/home/me', 'project/train.ipynb'],
    ['train.ipynb', '/home/me', '/home/me', 'train.ipynb'],
    ['/home/me/a/train.ipynb', '/home/me/project', '/home/me/', 'a/train.ipynb'],
    ['train.ipynb', '/data/project', '/home/me', null],
    ['/home/meadow/x.ipynb', '/home/me', '/home/me', null]
  ])('of %s in project %s for a server in %s is %s', (path, root, server, shown) => {
    expect(labPath(path, root, server)).toBe(shown);
  });
});

it('a file is named as the notebook beside it would name it', () => {
  expect(relativeTo('work/a.ipynb', 'data/flights.csv')).toBe('../data/flights.csv');
});
