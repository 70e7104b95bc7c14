import { nullTranslator } from '@jupyterlab/translation';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { IRunQuery } from '../client';
import { RunRow } from '../contract';
import { forest, isExpression, matches, prune, RunsModel, sentence, withPrimary } from './model';

const trans = nullTranslator.load('benchbook');
const NOON = new Date(2026, 10, 24, 12).getTime() / 1000;

function row(id: string, fields: Partial<RunRow> = {}): RunRow {
  return {
    id,
    name: id,
    experiment: 'flights',
    kind: 'run',
    parent: null,
    status: 'finished',
    started: NOON,
    ended: NOON + 5,
    updated: NOON + 5,
    user: 'ada',
    notebook: 'train.ipynb',
    error: null,
    spark: null,
    progress: null,
    tags: {},
    ...fields
  };
}

function makeModel(rows: RunRow[], total = rows.length, primary: Record<string, string> = {}) {
  const asked: IRunQuery[] = [];
  const runs = async (query: IRunQuery) => {
    asked.push(query);
    return { runs: rows, total };
  };
  const model = new RunsModel({ runs }, undefined, {
    pageSize: 100,
    primaryMetrics: new Map(Object.entries(primary))
  });
  const shown = (): string[] =>
    model
      .groups(NOON, trans)
      .flatMap(group => group.items.map(item => '.'.repeat(item.level) + item.key));
  return { model, asked, shown };
}

describe('filters', () => {
  it.each(['metrics.auc > 0.7', "params.model = 'hgb'", "name LIKE 'tr%'", 'error IS NULL'])(
    'take %s for a condition that the server answers',
    text => {
      expect(isExpression(text)).toBe(true);
    }
  );

  it.each(['train', 'train flights', 'island', 'inner'])('take %s for words', text => {
    expect(isExpression(text)).toBe(false);
  });

  it('find words in name, experiment, notebook, state, tags and error, in any order', () => {
    const failed = row('a', {
      name: 'Train',
      tags: { stage: 'raw' },
      error: "KeyError: 'dest'",
      status: 'failed'
    });
    expect(
      ['train raw', 'KEYERROR', 'failed ada', 'stage=raw'].map(text => matches(failed, text))
    ).toEqual(Array(4).fill(true));
    expect(matches(failed, 'train dataset')).toBe(false);
  });
});

describe('forest', () => {
  it('puts steps under their pipeline, oldest first', () => {
    const [tree] = forest([
      row('b', { parent: 'p' }),
      row('a', { parent: 'p' }),
      row('p', { kind: 'pipeline' })
    ]);
    expect(tree.children.map(child => child.row.id)).toEqual(['a', 'b']);
  });

  it('keeps a step whose pipeline is not on the page, and a run that names itself as parent', () => {
    const rows = [row('a', { parent: 'gone' }), row('self', { parent: 'self' })];
    expect(forest(rows).map(branch => branch.row.id)).toEqual(['a', 'self']);
  });

  it('keeps the pipeline of a step that matches, and all steps of a pipeline that matches', () => {
    const branches = forest([row('b', { parent: 'p' }), row('alpha', { parent: 'p' }), row('p')]);
    const sizes = ['alpha', 'p'].map(text => prune(branches, text)[0].children.length);
    expect(sizes).toEqual([1, 2]);
  });
});

describe('RunsModel', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('lists by day, unfolds the newest pipelines and remembers what a person folds', async () => {
    const old = row('old', { started: NOON - 86_400 });
    const { model, shown } = makeModel([
      row('s', { parent: 'p' }),
      row('p', { kind: 'pipeline' }),
      old
    ]);
    await model.page.refresh();
    const before = shown();
    model.setExpanded('p', false);
    expect([before, shown()]).toEqual([
      ['.p', '..s', '.old'],
      ['.p', '.old']
    ]);
    expect(model.groups(NOON, trans).map(group => group.title)).toEqual(['Today', 'Yesterday']);
  });

  it('does not fold a pipeline by itself when it ends', async () => {
    const rows = [row('s', { parent: 'p' }), row('p', { status: 'running' })];
    const { model, shown } = makeModel(rows);
    await model.page.refresh();
    shown();
    rows[1] = row('p', { status: 'finished' });
    await model.page.refresh();
    expect(shown()).toEqual(['.p', '..s']);
  });

  it('asks the server for a condition once the typing rests, and never for words it can answer', async () => {
    const { model, asked, shown } = makeModel([row('train'), row('ingest')]);
    model.filter = 'ingest';
    await model.page.refresh();
    expect(shown()).toEqual(['.ingest']);
    for (const text of ['metrics.auc >', 'metrics.auc > 0', 'metrics.auc > 0.7']) {
      model.filter = text;
    }
    await vi.advanceTimersByTimeAsync(1_000);
    expect(asked.map(query => query.filter)).toEqual(['', 'metrics.auc > 0.7']);
  });

  it('asks the server for words as well where more runs exist than were fetched', async () => {
    const { model, asked } = makeModel([row('train')], 5_000);
    await model.page.refresh();
    model.filter = "it's ingest";
    await vi.advanceTimersByTimeAsync(1_000);
    expect(asked[1].filter).toBe(
      "(name ILIKE '%it''s%' OR experiment ILIKE '%it''s%' OR notebook ILIKE '%it''s%' OR status ILIKE '%it''s%')" +
        " AND (name ILIKE '%ingest%' OR experiment ILIKE '%ingest%' OR notebook ILIKE '%ingest%' OR status ILIKE '%ingest%')"
    );
  });

  it('fetches page after page, up to what the server gives at once', async () => {
    const { model, asked } = makeModel([row('a')], 100_000);
    await model.page.refresh();
    for (let page = 0; page < 12; page++) {
      model.more();
    }
    await vi.advanceTimersByTimeAsync(10);
    expect([asked[1].limit, asked.at(-1)?.limit, model.hasMore]).toEqual([200, 1000, false]);
  });

  it('shows the runs of an experiment by the metric that was chosen for it', async () => {
    const { model, asked } = makeModel([row('a'), row('b', { experiment: 'churn' })], 2, {
      churn: 'f1'
    });
    await model.page.refresh();
    expect(asked.map(query => query.metric)).toEqual([undefined, 'f1']);
    const spark = { key: 'f1', last: 0.5, points: [] };
    const rows = [row('a'), row('b', { experiment: 'churn' })];
    const byMetric = new Map([['f1', { total: 2, runs: rows.map(one => ({ ...one, spark })) }]]);
    const merged = withPrimary({ total: 2, runs: rows }, byMetric, new Map([['churn', 'f1']]));
    expect(merged.runs.map(one => one.spark?.key)).toEqual([undefined, 'f1']);
  });

  it('selects and deselects', () => {
    const { model } = makeModel([]);
    model.toggleSelected('a');
    model.toggleSelected('b');
    model.toggleSelected('a');
    expect([...model.selected]).toEqual(['b']);
  });
});

it('a row reads as a sentence', () => {
  const spark = { key: 'auc', last: 0.731249, points: [] };
  expect(sentence(row('train', { spark }), trans)).toBe('train, finished, auc 0.7312');
  expect(sentence(row('train', { status: 'failed', error: 'KeyError' }), trans)).toBe(
    'train, failed, KeyError'
  );
});
