import { describe, expect, it } from 'vitest';

import { Artifact, MetricSummary } from '../contract';
import { curveKeys, earlierValues, imageType, orderMetrics, plainTraceback } from './detail';

function metric(key: string, count: number): MetricSummary {
  return { key, count, last: 1, min: 1, max: 1, step: 0, time: 0 };
}

function artifact(mediaType: string): Artifact {
  return { path: 'a', digest: 'd', size: 1, media_type: mediaType, time: 0 };
}

describe('metrics of a run page', () => {
  it('stand in the order they were logged, the primary one first', () => {
    const metrics = [metric('loss', 5), metric('auc', 1)];
    expect(orderMetrics(metrics, 'auc').map(({ key }) => key)).toEqual(['auc', 'loss']);
    expect(orderMetrics(metrics, null).map(({ key }) => key)).toEqual(['loss', 'auc']);
  });

  it('have a curve from two points on', () => {
    expect(curveKeys([metric('loss', 5), metric('auc', 1)])).toEqual(['loss']);
  });
});

describe('artifacts', () => {
  it.each(['image/png', 'image/jpeg', 'image/gif', 'IMAGE/SVG+XML; charset=utf-8'])(
    'of type %s are pictures',
    type => {
      expect(imageType(artifact(type))).toMatch(/^image\//);
    }
  );

  it.each(['text/html', 'application/pdf', 'image/tiff', 'image/svg+xml,text/html', ''])(
    'of type %j are files',
    type => {
      expect(imageType(artifact(type))).toBeNull();
    }
  );
});

it('a param tells its earlier values only where they were others', () => {
  const param = { key: 'depth', value: 6, history: [4, 4, 5, 6] };
  expect(earlierValues(param)).toEqual([4, 5]);
});

it('a traceback is shown without the colours of a terminal', () => {
  expect(plainTraceback('\u001b[0;31mKeyError\u001b[0m: x')).toBe('KeyError: x');
});
