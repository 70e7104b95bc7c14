import { Signal } from '@lumino/signaling';
import { describe, expect, it } from 'vitest';

import {
  ChunkPoint,
  ColumnView,
  MonitorAnswer,
  MonitorItem,
  MonitorPage,
  Retraining,
  RungAlert
} from '../contract';
import { IChange } from '../live';
import { ISource, MonitorPageModel, MonitorsModel } from './model';
import { NewsDesk } from './news';
import {
  chunkText,
  extent,
  GUTTER,
  hasLabel,
  layout,
  limitOf,
  marksAt,
  series,
  shade,
  step
} from './scale';

function alert(id: string, chunk = 'c1'): RungAlert {
  return {
    id,
    chunk,
    kind: 'drift',
    message: `${id} moved`,
    column: 'a',
    value: 0.4,
    limit: 0.1,
    time: 1,
    answer: ''
  };
}

function item(fields: Partial<MonitorItem['summary']> = {}): MonitorItem {
  const summary = {
    name: 'm',
    model: 'delay',
    alias: 'champion',
    metric: 'roc_auc',
    data: 'history',
    loop: 'off' as const,
    chunks: 1,
    latest: null,
    open_count: 0,
    open: [],
    retraining: null,
    ...fields
  };
  return { summary, problem: '' };
}

function retraining(outcome: Retraining['outcome'], fact = 'f1'): Retraining {
  return {
    fact,
    time: 1,
    chunk: 'c1',
    pipeline: 'retrain',
    params: {},
    alerts: ['x'],
    run: null,
    status: null,
    outcome,
    version: null,
    reason: ''
  };
}

function chunk(id: string, fields: Partial<ChunkPoint> = {}): ChunkPoint {
  return {
    id,
    data: 'history:2',
    rows: 10,
    start: '',
    end: '',
    time: 1,
    model: 'delay:1',
    performance: null,
    estimate: null,
    baseline: null,
    multivariate: null,
    alerts: 0,
    open: 0,
    notes: [],
    ...fields
  };
}

function page(chunks: ChunkPoint[], fields: Partial<MonitorPage> = {}): MonitorPage {
  return {
    name: 'm',
    model: 'delay',
    alias: 'champion',
    metric: 'roc_auc',
    higher_is_better: true,
    data: 'history',
    reference: 'history:1',
    target: 'y',
    max_drop: 0.05,
    loop: 'off',
    pipeline: '',
    gate: '',
    asks: false,
    first: 0,
    total_chunks: chunks.length,
    chunks,
    total_columns: 0,
    drift: [],
    total_alerts: 0,
    open_count: 0,
    alerts: [],
    total_retrainings: 0,
    retrainings: [],
    verdicts: {},
    promotions: [],
    past: null,
    trouble: [],
    ...fields
  };
}

describe('news', () => {
  it('tells each alert once, those of a chunk together, and nothing that was there at first', () => {
    const desk = new NewsDesk();
    expect(desk.read([item({ open: [alert('old')] })])).toEqual([]);
    const both = [alert('x'), alert('y'), alert('z', 'c2')];
    const news = desk.read([item({ open: [alert('old'), ...both] })]);
    expect(news.map(one => one.kind === 'alerts' && [one.chunk, one.alerts.length])).toEqual([
      ['c1', 2],
      ['c2', 1]
    ]);
    expect(desk.read([item({ open: both })])).toEqual([]);
  });

  it('tells a retraining when it has ended, once', () => {
    const desk = new NewsDesk();
    desk.read([item({ retraining: retraining('held', 'f0') })]);
    expect(desk.read([item({ retraining: retraining(null) })])).toEqual([]);
    expect(desk.read([item({ retraining: retraining('promoted') })])).toHaveLength(1);
    expect(desk.read([item({ retraining: retraining('promoted') })])).toEqual([]);
  });

  it('does not take the first monitors of an empty project for old news', () => {
    const desk = new NewsDesk();
    desk.read([]);
    expect(desk.read([item({ open: [alert('x')] })])).toHaveLength(1);
  });
});

describe('where things stand', () => {
  it('shades distances in rising steps, and what has none not at all', () => {
    expect([0, 0.05, 0.11, 0.6, 1, 1.2, null].map(shade)).toEqual([0, 0, 2, 4, 5, 5, null]);
  });

  it('shares the room among the chunks, but does not blow up a few', () => {
    expect(layout(1_000, 60, 10)).toMatchObject({ width: 1_000, readable: false });
    expect(layout(1_000, 2, 7).width).toBeLessThan(500);
    expect(layout(0, 3, 7).slot).toBeGreaterThan(0);
  });

  it('names every so many-th chunk, and none that would run out of the page', () => {
    const wide = layout(1_000, 60, 10);
    const named = Array.from({ length: 60 }, (_, at) => at).filter(at => hasLabel(wide, at, 60));
    expect(named.slice(0, 2)).toEqual([0, 6]);
    const end = GUTTER + (named.at(-1) ?? 0) * wide.slot + wide.label;
    expect(end).toBeLessThanOrEqual(wide.width);
  });

  it('moves by arrows inside the grid, and by no other key', () => {
    const from = { row: 0, chunk: 2 };
    expect(step(from, 'ArrowUp', 3, 4)).toEqual(from);
    expect(step(from, 'PageDown', 3, 4)).toEqual({ row: 2, chunk: 2 });
    expect(step(from, 'Home', 3, 4)).toEqual({ row: 0, chunk: 0 });
    expect(step(from, 'ArrowRight', 3, 4)).toEqual({ row: 0, chunk: 3 });
    expect(step(from, 'x', 3, 4)).toBeNull();
  });

  it('puts a flag before the chunk that the version met first, the newest at the end', () => {
    const mark = { time: 1, actor: 'ada', kind: 'promote' as const, reason: '', forced: false };
    const promotions = [
      { ...mark, version: 1, before: 'c1' },
      { ...mark, version: 2, before: 'gone' },
      { ...mark, version: 3, before: '' }
    ];
    const shown = page([chunk('c1'), chunk('c2')], { promotions });
    expect([...marksAt(shown)].map(([at, all]) => [at, all[0].version])).toEqual([
      [0, 1],
      [2, 3]
    ]);
    expect([...marksAt({ ...shown, total_chunks: 9 }).keys()]).toEqual([0]);
  });

  it('draws gaps where nothing is known, and the limit on the side that is worse', () => {
    const one = chunk('c1', { performance: [0.7, 0.6, 0.8], baseline: 0.75 });
    const shown = page([one, chunk('c2')]);
    expect(series(shown)[1]).toEqual([0.7, null]);
    expect(limitOf(shown, one)).toBeCloseTo(0.7);
    expect(limitOf({ ...shown, higher_is_better: false }, one)).toBeCloseTo(0.8);
    expect(extent(page([chunk('c1')]))).toBeNull();
    const [low, high] = extent(shown) ?? [0, 0];
    expect(low).toBeLessThan(0.6);
    expect(high).toBeGreaterThan(0.8);
  });

  it('copies the chunks as a table', () => {
    const lines = chunkText(page([chunk('c1', { estimate: [0.7, 0.6, 0.8] })])).split('\n');
    expect(lines[1].split('\t').slice(0, 7)).toEqual(['c1', '10', 'delay:1', '', '', '', '0.7']);
    expect(lines[0].split('\t')).toHaveLength(lines[1].split('\t').length);
  });
});

class Server implements ISource {
  asked: unknown[] = [];
  total = 100;

  async monitors(): Promise<MonitorItem[]> {
    return [item({ open_count: 2 }), item({ name: 'n', model: 'churn', open_count: 1 })];
  }

  async monitor(name: string, query: object): Promise<MonitorAnswer> {
    this.asked.push(query);
    const shown = page([chunk('c40')], { first: 40, total_chunks: this.total });
    return { page: shown, due: null, problem: '', looping: false, retraining: false };
  }

  async monitorColumn(name: string, at: string, column: string): Promise<ColumnView> {
    this.asked.push([at, column]);
    throw new Error('no such column');
  }

  async monitorRows(name: string, at: string, offset: number): Promise<never> {
    this.asked.push([at, offset]);
    throw new Error('no rows');
  }
}

describe('the models', () => {
  it('count open alerts of all, and of one model', async () => {
    const model = new MonitorsModel(new Server(), undefined);
    await model.list.refresh();
    expect([model.openAlerts(), model.openAlerts('churn'), model.openAlerts('x')]).toEqual([
      3, 1, 0
    ]);
    model.dispose();
  });

  it('ask for earlier and later chunks, and for the newest again at the end', async () => {
    const server = new Server();
    const model = new MonitorPageModel(server, new Signal<object, IChange>({}), 'm', 100);
    await model.answer.refresh();
    model.turnPage(-1);
    model.turnPage(1);
    model.showMoreColumns();
    expect(server.asked).toEqual([
      { chunks: 60, columns: 40 },
      { chunks: 60, columns: 40, until: 40 },
      { chunks: 60, columns: 40, until: undefined },
      { chunks: 60, columns: 80, until: undefined }
    ]);
    model.dispose();
  });

  it('keep what an action could not do for the page, and look again', async () => {
    const server = new Server();
    const model = new MonitorPageModel(server, undefined, 'm', 100);
    const done = model.act('look', async () => Promise.reject(new Error('refused')));
    expect(model.doing).toBe('look');
    await done;
    expect([model.doing, model.failure?.message, server.asked.length]).toEqual(['', 'refused', 1]);
    await model.act('look', async () => undefined);
    expect(model.failure).toBeNull();
    model.dispose();
  });

  it('begin the rows of another chunk at the first', async () => {
    const server = new Server();
    const model = new MonitorPageModel(server, undefined, 'm', 100);
    model.select({ chunk: 'c1', column: 'a' });
    model.showRows(300);
    model.select({ chunk: 'c1', column: 'b' });
    expect(model.offset).toBe(300);
    model.select({ chunk: 'c2', column: 'b' });
    expect(model.offset).toBe(0);
    model.dispose();
  });
});
