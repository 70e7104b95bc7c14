import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';

import { ColumnProfile, DatasetDetail, DatasetSummary, DatasetVersion, RowPage } from '../contract';
import { DatasetPageModel, filterColumns, groupDatasets, matches, sentence, shape } from './model';

const trans = nullTranslator.load('benchbook');

function version(name: string, fields: Partial<DatasetVersion> = {}): DatasetVersion {
  return {
    name,
    version: 3,
    digest: 'd',
    format: 'parquet',
    size: 5_250_000,
    rows: 336_776,
    columns: [{ name: 'dep_delay', type: 'DOUBLE' }],
    aliases: [],
    created: 100,
    actor: 'ada',
    note: '',
    source: { kind: 'frame', path: '', notebook: '', run: null, dialect: null },
    profile: null,
    ...fields
  };
}

function summary(name: string, fields: Partial<DatasetVersion> = {}): DatasetSummary {
  return { name, latest: version(name, fields), versions: 3 };
}

describe('datasets', () => {
  it('are told by rows and columns, or by their kind where they have none', () => {
    expect([
      shape(version('a')),
      shape(version('a', { rows: null, columns: [], format: 'folder' }))
    ]).toEqual(['336,776 × 1', 'folder']);
  });

  it('read as a sentence', () => {
    expect(sentence(summary('flights'), trans)).toBe('flights, version 3, 336,776 × 1, 5.3 MB');
  });

  it('are found by name, column, alias and note', () => {
    const found = ['FLI', 'dep_delay', 'golden', 'first', 'fli first'].map(text =>
      matches(summary('flights', { aliases: ['golden'], note: 'first months' }), text)
    );
    expect([...found, matches(summary('flights'), 'weather')]).toEqual([
      true,
      true,
      true,
      true,
      true,
      false
    ]);
  });

  it('stand newest first, and as no group at all where none matches', () => {
    const all = [summary('old', { created: 1 }), summary('new', { created: 2 })];
    expect(groupDatasets(all, '', trans)[0].items.map(item => item.key)).toEqual(['new', 'old']);
    expect(groupDatasets(all, 'zzz', trans)).toEqual([]);
  });

  it('have columns that are found by name and type', () => {
    const columns = [
      { name: 'dest', type: 'VARCHAR' } as ColumnProfile,
      { name: 'x', type: 'DOUBLE' } as ColumnProfile
    ];
    expect(['DE', 'double', ''].map(text => filterColumns(columns, text).length)).toEqual([
      1, 1, 2
    ]);
  });
});

describe('DatasetPageModel', () => {
  function makeModel() {
    const asked: number[] = [];
    const detail: DatasetDetail = {
      version: version('flights'),
      profile: null,
      versions: [],
      uses: []
    };
    const model = new DatasetPageModel(
      {
        datasets: async () => [],
        dataset: async () => detail,
        rows: async (_name, _version, offset): Promise<RowPage> => {
          asked.push(offset);
          return { columns: [], rows: [], offset, total: 0 };
        }
      },
      undefined,
      'flights',
      'latest',
      100
    );
    return { model, asked };
  }

  it('fetches rows only once their tab is looked at, and page by page', async () => {
    const { model, asked } = makeModel();
    model.active = true;
    await model.detail.refresh();
    const before = [...asked];
    model.tab = 'rows';
    await new Promise(done => setTimeout(done, 5));
    model.showRows(100);
    model.showRows(-50);
    expect([before, asked]).toEqual([[], [0, 100, 0]]);
  });
});
