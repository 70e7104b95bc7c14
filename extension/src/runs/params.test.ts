import { expect, it } from 'vitest';

import { PipelineInfo } from '../contract';
import { changedParams } from './params';

const INFO: PipelineInfo = {
  name: 'flights',
  steps: [],
  params: { month: 1, label: 'a', months: [1, 2] },
  running: false,
  error: ''
};

it('only what was changed is sent, numbers as numbers and text as text', () => {
  const typed = new Map([
    ['month', '7'],
    ['label', '12'],
    ['months', '[1,2]']
  ]);
  expect(changedParams(INFO, typed)).toEqual({ month: 7, label: '12' });
});

it('text that is no JSON is sent as text', () => {
  expect(changedParams(INFO, new Map([['month', 'July']]))).toEqual({ month: 'July' });
});
