/** The monitors of the project, shared by list, badge, status bar and notices; and what the page of one knows. */
import { ISignal, Signal } from '@lumino/signaling';

import { IMonitorQuery } from '../client';
import { ColumnView, MonitorAnswer, MonitorItem, MonitorPage, RowPage } from '../contract';
import { asError, BenchbookError } from '../errors';
import { IChange } from '../live';
import { Resource } from '../ui/resource';

export interface ISource {
  monitors(signal?: AbortSignal): Promise<MonitorItem[]>;
  monitor(name: string, query: IMonitorQuery, signal?: AbortSignal): Promise<MonitorAnswer>;
  monitorColumn(
    name: string,
    chunk: string,
    column: string,
    signal?: AbortSignal
  ): Promise<ColumnView>;
  monitorRows(
    name: string,
    chunk: string,
    offset: number,
    limit: number,
    signal?: AbortSignal
  ): Promise<RowPage>;
}

/** The list. It is kept fresh whoever looks, because the status bar always does. */
export class MonitorsModel {
  constructor(source: ISource, live: ISignal<unknown, IChange> | undefined) {
    this.list = new Resource({
      load: signal => source.monitors(signal),
      nouns: ['monitor', 'model'],
      live
    });
    this.list.active = true;
  }

  readonly list: Resource<MonitorItem[]>;

  get changed(): ISignal<unknown, void> {
    return this.list.changed;
  }

  get items(): readonly MonitorItem[] {
    return this.list.value ?? [];
  }

  /** Open alerts of all monitors, or of those that watch `model`. */
  openAlerts(model?: string): number {
    return this.of(model).reduce((sum, { summary }) => sum + summary.open_count, 0);
  }

  /** The monitors that watch `model`, or all. */
  of(model?: string): MonitorItem[] {
    return this.items.filter(({ summary }) => model === undefined || summary.model === model);
  }

  dispose(): void {
    this.list.dispose();
  }
}

/** What was pointed at: a column of a chunk, or with null the chunk itself. */
export interface ISelection {
  chunk: string;
  column: string | null;
}

/** Columns asked for at first, and how many more each time. */
const COLUMNS = 40;
/** Chunks on one timeline. */
const CHUNKS = 60;
const MOST_COLUMNS = 500;

export class MonitorPageModel {
  constructor(
    private readonly _source: ISource,
    live: ISignal<unknown, IChange> | undefined,
    readonly name: string,
    readonly pageSize: number
  ) {
    this.answer = new Resource({
      load: signal => _source.monitor(name, this._query, signal),
      nouns: ['monitor', 'model', 'dataset'],
      live
    });
    this.column = new Resource({ load: signal => this._loadColumn(signal), nouns: [] });
    this.rows = new Resource({ load: signal => this._loadRows(signal), nouns: [] });
    this.answer.changed.connect(() => this._changed.emit());
  }

  readonly answer: Resource<MonitorAnswer>;
  readonly column: Resource<ColumnView | null>;
  readonly rows: Resource<RowPage>;

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get page(): MonitorPage | undefined {
    return this.answer.value?.page;
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
    this._changed.emit();
  }

  /** The chunk whose alerts are listed alone; empty: all. */
  get alertsOf(): string {
    return this._alertsOf;
  }

  showAlerts(chunk: string): void {
    this._alertsOf = chunk;
    this.tab = 'alerts';
  }

  get selection(): ISelection | null {
    return this._selection;
  }

  /** Show a cell in the panel beside the timeline, or with null close it. */
  select(selection: ISelection | null): void {
    const last = this._selection;
    this._selection = selection;
    this._offset = selection?.chunk === last?.chunk ? this._offset : 0;
    if (selection) {
      this.column.touch();
      this.rows.touch();
    }
    this._wake();
    this._changed.emit();
  }

  get panelTab(): string {
    return this._panelTab;
  }

  set panelTab(tab: string) {
    this._panelTab = tab;
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

  /** Show the chunks before, or after, those that are shown. */
  turnPage(direction: -1 | 1): void {
    const page = this.page;
    if (page) {
      const until = direction < 0 ? page.first : page.first + 2 * CHUNKS;
      this._query = { ...this._query, until: until >= page.total_chunks ? undefined : until };
      void this.answer.refresh();
    }
  }

  showMoreColumns(): void {
    this._query = {
      ...this._query,
      columns: Math.min(MOST_COLUMNS, (this._query.columns ?? 0) + COLUMNS)
    };
    void this.answer.refresh();
  }

  /** What is being done now, in a word the page knows; empty: nothing. */
  get doing(): string {
    return this._doing;
  }

  /** What the last action could not do. */
  get failure(): BenchbookError | null {
    return this._failure;
  }

  /** Do something that takes a while; what goes wrong is shown on the page. */
  async act(doing: string, work: () => Promise<unknown>): Promise<void> {
    this._doing = doing;
    this._failure = null;
    this._changed.emit();
    try {
      await work();
    } catch (thrown) {
      this._failure = asError(thrown);
    }
    this._doing = '';
    if (!this._disposed) {
      await this.answer.refresh();
    }
  }

  dispose(): void {
    this._disposed = true;
    this.answer.dispose();
    this.column.dispose();
    this.rows.dispose();
    Signal.clearData(this);
  }

  private _wake(): void {
    const open = this._active && this._selection !== null;
    this.answer.active = this._active;
    this.column.active = open;
    this.rows.active = open && this._panelTab === 'rows';
  }

  private async _loadColumn(signal: AbortSignal): Promise<ColumnView | null> {
    const { chunk, column } = this._selection ?? { chunk: '', column: null };
    return column === null ? null : this._source.monitorColumn(this.name, chunk, column, signal);
  }

  private _loadRows(signal: AbortSignal): Promise<RowPage> {
    const chunk = this._selection?.chunk ?? '';
    return this._source.monitorRows(this.name, chunk, this._offset, this.pageSize, signal);
  }

  private readonly _changed = new Signal<this, void>(this);
  private _query: IMonitorQuery = { chunks: CHUNKS, columns: COLUMNS };
  private _selection: ISelection | null = null;
  private _failure: BenchbookError | null = null;
  private _active = false;
  private _disposed = false;
  private _doing = '';
  private _tab = 'timeline';
  private _panelTab = 'spread';
  private _alertsOf = '';
  private _offset = 0;
}
