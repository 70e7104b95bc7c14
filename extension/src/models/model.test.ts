import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';

import { EndpointState, ModelSummary, ModelVersion } from '../contract';
import { headline, ModelsModel, sentence, shownVersions } from './model';

const trans = nullTranslator.load('benchbook');

function version(number: number, fields: Partial<ModelVersion> = {}): ModelVersion {
  return {
    name: 'delay',
    version: number,
    digest: 'd',
    format: 'skops',
    size: 1,
    estimator: 'sklearn.pipeline.Pipeline',
    signature: null,
    metrics: {},
    params: {},
    data: [],
    aliases: [],
    run: null,
    created: 1,
    actor: 'ada',
    note: '',
    versions: {},
    ...fields
  };
}

const CHAMPION = version(5, { aliases: ['champion'] });
const SERVING = {
  run: 'r',
  ref: 'delay@champion',
  model: 'delay',
  state: 'serving',
  version: 5
} as unknown as EndpointState;
const SUMMARY: ModelSummary = {
  name: 'delay',
  latest: version(8),
  aliased: [version(2), CHAMPION],
  versions: 8
};

describe('the metric a model is shown by', () => {
  it('is the chosen one, else the best known, else the first number', () => {
    const one = version(1, { metrics: { note: 'x', rows: 5, 'val.auc': 0.7 } });
    expect([
      headline(one, 'rows'),
      headline(one),
      headline(version(1, { metrics: { a: 1 } }))
    ]).toEqual([
      ['rows', 5],
      ['val.auc', 0.7],
      ['a', 1]
    ]);
  });

  it('is missing where nothing was measured', () => {
    expect(headline(version(1, { metrics: { note: 'x' } }))).toBeNull();
  });

  it('may be called as an object thinks its own property is', () => {
    expect(headline(version(1, { metrics: JSON.parse('{"__proto__": 0.5}') }))).toEqual([
      '__proto__',
      0.5
    ]);
  });
});

const SOURCE = {
  gates: async () => [],
  approvals: async () => [],
  endpoints: async () => [SERVING],
  project: async () => Promise.reject(new Error('not asked'))
};

describe('the Models sidebar', () => {
  async function makeModel() {
    const model = new ModelsModel(
      {
        models: async () => [SUMMARY],
        model: async () => Promise.reject(new Error('not asked')),
        ...SOURCE
      },
      undefined
    );
    await model.list.refresh();
    return model;
  }

  it('shows the newest version, those with an alias, and how many more there are', async () => {
    const model = await makeModel();
    expect(model.groups(trans)[0].items.map(item => item.key)).toEqual([
      'delay',
      'delay:8',
      'delay:5',
      'delay:2',
      'delay:more'
    ]);
  });

  it('says of a version that it is served', async () => {
    const model = await makeModel();
    await model.standing.endpoints.refresh();
    const row = model.groups(trans)[0].items.find(item => item.key === 'delay:5');
    expect(row?.label).toBe('champion, version 5, served as delay@champion');
  });

  it('does not show a version twice when the newest has an alias', () => {
    const latest = version(8, { aliases: ['challenger'] });
    expect(
      shownVersions({ ...SUMMARY, latest, aliased: [latest] }).map(one => one.version)
    ).toEqual([8]);
  });

  it('folds, and finds a model by its aliases', async () => {
    const model = await makeModel();
    model.setExpanded('delay', false);
    expect(model.groups(trans)[0].items.map(item => item.key)).toEqual(['delay']);
    model.filter = 'champ';
    expect(model.groups(trans)).toHaveLength(1);
    model.filter = 'churn';
    expect(model.groups(trans)).toEqual([]);
  });

  it('reads a version as a sentence', () => {
    const one = version(5, { aliases: ['champion'], metrics: { roc_auc: 0.741 } });
    expect(sentence(one, trans)).toBe('champion, version 5, roc_auc 0.741');
  });
});
