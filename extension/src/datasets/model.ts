/** The datasets a sidebar lists, and what the page of one version knows. */
import { TranslationBundle } from '@jupyterlab/translation';
import { ISignal, Signal } from '@lumino/signaling';

import { ColumnProfile, DatasetDetail, DatasetSummary, DatasetVersion, RowPage } from '../contract';
import { IChange } from '../live';
import { bytes, number } from '../ui/format';
import { Resource } from '../ui/resource';
import { ITreeGroup } from '../ui/tree';

/** Rows and columns, or what kind of thing it is where it has none: `336,776 × 19`, `folder`. */
export function shape(version: DatasetVersion): string {
  return version.rows === null
    ? version.format
    : `${number(version.rows)} × ${version.columns.length}`;
}

/** A dataset as a sentence, for screen readers. */
export function sentence(summary: DatasetSummary, trans: TranslationBundle): string {
  const { latest, name } = summary;
  return [name, trans.__('version %1', latest.version), shape(latest), bytes(latest.size)].join(
    ', '
  );
}

/** Whether every word of `text` stands in the name, an alias, the note or a column. */
export function matches(summary: DatasetSummary, text: string): boolean {
  const { aliases, columns, note } = summary.latest;
  const hay = [summary.name, ...aliases, note, ...columns.map(column => column.name)]
    .join('\n')
    .toLowerCase();
  return text
    .toLowerCase()
    .trim()
    .split(/\s+/)
    .every(word => hay.includes(word));
}

/** Newest first, one group: datasets are few, and their name is what people look for. */
export function groupDatasets(
  summaries: readonly DatasetSummary[],
  filter: string,
  trans: TranslationBundle
): ITreeGroup<DatasetSummary>[] {
  const items = summaries
    .filter(summary => matches(summary, filter))
    .sort((a, b) => b.latest.created - a.latest.created)
    .map(item => ({ key: item.name, level: 1, label: sentence(item, trans), item }));
  return items.length > 0 ? [{ title: '', items }] : [];
}

/** The columns whose name or type holds `text`. */
export function filterColumns(columns: readonly ColumnProfile[], text: string): ColumnProfile[] {
  const word = text.trim().toLowerCase();
  return columns.filter(column => `${column.name} ${column.type}`.toLowerCase().includes(word));
}

interface ISource {
  datasets(signal?: AbortSignal): Promise<DatasetSummary[]>;
  dataset(name: string, version: number | 'latest', signal?: AbortSignal): Promise<DatasetDetail>;
  rows(
    name: string,
    version: number,
    offset: number,
    limit: number,
    signal?: AbortSignal
  ): Promise<RowPage>;
}

export class DatasetsModel {
  constructor(source: ISource, live: ISignal<unknown, IChange> | undefined) {
    this.list = new Resource({ load: signal => source.datasets(signal), nouns: ['dataset'], live });
    this.list.changed.connect(() => this._changed.emit());
  }

  readonly list: Resource<DatasetSummary[]>;

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  set active(active: boolean) {
    this.list.active = active;
  }

  get filter(): string {
    return this._filter;
  }

  set filter(text: string) {
    this._filter = text;
    this._changed.emit();
  }

  /** Counts the filters that did not come from the box, so that the box can follow them. */
  get filterSets(): number {
    return this._filterSets;
  }

  showFilter(text: string): void {
    this._filterSets += 1;
    this.filter = text;
  }

  dispose(): void {
    this.list.dispose();
    Signal.clearData(this);
  }

  private readonly _changed = new Signal<this, void>(this);
  private _filter = '';
  private _filterSets = 0;
}

export class DatasetPageModel {
  constructor(
    source: ISource,
    live: ISignal<unknown, IChange> | undefined,
    readonly name: string,
    version: number | 'latest',
    readonly pageSize: number
  ) {
    this.detail = new Resource({
      load: signal => source.dataset(name, version, signal),
      nouns: ['dataset'],
      live
    });
    this.rows = new Resource({
      load: signal => source.rows(name, this._number, this._offset, pageSize, signal),
      nouns: []
    });
    this.detail.changed.connect(this._onDetail, this);
  }

  readonly detail: Resource<DatasetDetail>;
  readonly rows: Resource<RowPage>;

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  set active(active: boolean) {
    this._active = active;
    this._wake();
  }

  get tab(): string {
    return this._tab;
  }

  set tab(tab: string) {
    this._tab = tab;
    this._wake();
    this._changed.emit();
  }

  get offset(): number {
    return this._offset;
  }

  /** Fetch the rows from `offset` on. */
  showRows(offset: number): void {
    this._offset = Math.max(0, offset);
    void this.rows.refresh();
  }

  dispose(): void {
    this.detail.dispose();
    this.rows.dispose();
    Signal.clearData(this);
  }

  private _onDetail(): void {
    this._wake();
    this._changed.emit();
  }

  private _wake(): void {
    this.detail.active = this._active;
    this.rows.active = this._active && this._tab === 'rows' && this._number > 0;
  }

  private get _number(): number {
    return this.detail.value?.version.version ?? 0;
  }

  private readonly _changed = new Signal<this, void>(this);
  private _active = false;
  private _tab = 'columns';
  private _offset = 0;
}
