/** The models a sidebar lists, and what the page of one version knows. */
import { TranslationBundle } from '@jupyterlab/translation';
import { ISignal, Signal } from '@lumino/signaling';

import { ModelCard, ModelDetail, ModelSummary, ModelVersion, Verdict } from '../contract';
import { IStandingSource, markWords, Standing } from '../gates/standing';
import { IChange } from '../live';
import { number } from '../ui/format';
import { Resource } from '../ui/resource';
import { ITreeGroup, ITreeItem } from '../ui/tree';

/** Metrics people look at first, best known first. */
const WELL_KNOWN = ['roc_auc', 'auc', 'accuracy', 'f1', 'r2', 'rmse', 'mae', 'loss'];

/** The metric a version is shown by: the one chosen, else the best known, else the first. */
export function headline(
  version: ModelVersion,
  primary: string | null = null
): [string, number] | null {
  const numbers = new Map(
    Object.entries(version.metrics).filter(
      (entry): entry is [string, number] => typeof entry[1] === 'number'
    )
  );
  const known = WELL_KNOWN.flatMap(word =>
    [...numbers.keys()].filter(key => key.split(/[./ ]/).includes(word))
  );
  const key = [primary, ...known, ...numbers.keys()].find(
    name => name !== null && numbers.has(name)
  );
  return key ? [key, numbers.get(key) as number] : null;
}

/** A row of the sidebar: the model itself, one of its versions, or how many more there are. */
export type ModelItem =
  | { kind: 'model'; summary: ModelSummary }
  | { kind: 'version'; version: ModelVersion }
  | { kind: 'more'; name: string; version: number; count: number };

function matches(summary: ModelSummary, text: string): boolean {
  const { latest, aliased, name } = summary;
  const hay = [name, latest.estimator, latest.note, ...aliased.flatMap(version => version.aliases)];
  const all = hay.join('\n').toLowerCase();
  return text
    .toLowerCase()
    .trim()
    .split(/\s+/)
    .every(word => all.includes(word));
}

/** A version as a sentence, for screen readers. */
export function sentence(version: ModelVersion, trans: TranslationBundle): string {
  const shown = headline(version);
  const parts = [...version.aliases, trans.__('version %1', version.version)];
  return (shown ? [...parts, `${shown[0]} ${number(shown[1])}`] : parts).join(', ');
}

/** The versions a model shows: those with an alias, newest first, and the newest. */
export function shownVersions(summary: ModelSummary): ModelVersion[] {
  const { aliased, latest } = summary;
  const others = aliased.filter(version => version.version !== latest.version);
  return [latest, ...others.sort((a, b) => b.version - a.version)];
}

function below(summary: ModelSummary, trans: TranslationBundle): ITreeItem<ModelItem>[] {
  const { latest, name, versions } = summary;
  const shown = shownVersions(summary);
  const rows: ITreeItem<ModelItem>[] = shown.map(version => ({
    key: `${name}:${version.version}`,
    level: 2,
    label: sentence(version, trans),
    item: { kind: 'version', version }
  }));
  const count = versions - shown.length;
  if (count > 0) {
    const label = trans._n('%1 more version', '%1 more versions', count);
    rows.push({
      key: `${name}:more`,
      level: 2,
      label,
      item: { kind: 'more', name, version: latest.version, count }
    });
  }
  return rows;
}

export interface ISource {
  models(signal?: AbortSignal): Promise<ModelSummary[]>;
  model(name: string, version: number | 'latest', signal?: AbortSignal): Promise<ModelDetail>;
}

export class ModelsModel {
  constructor(source: ISource & IStandingSource, live: ISignal<unknown, IChange> | undefined) {
    this.list = new Resource({ load: signal => source.models(signal), nouns: ['model'], live });
    this.standing = new Standing(source, live);
    this.list.changed.connect(() => this._changed.emit());
    this.standing.changed.connect(() => this._changed.emit());
  }

  readonly list: Resource<ModelSummary[]>;
  readonly standing: Standing;

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  set active(active: boolean) {
    this.list.active = active;
    this.standing.active = active;
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

  setExpanded(key: string, expanded: boolean): void {
    this._folded = new Set([...this._folded].filter(name => name !== key));
    if (!expanded) {
      this._folded.add(key);
    }
    this._changed.emit();
  }

  /** Each model, and below it what is in use. */
  groups(trans: TranslationBundle): ITreeGroup<ModelItem>[] {
    const shown = (this.list.value ?? []).filter(summary => matches(summary, this._filter));
    const items = shown.flatMap(summary => this._rows(summary, trans));
    return items.length > 0 ? [{ title: '', items }] : [];
  }

  dispose(): void {
    this.list.dispose();
    this.standing.dispose();
    Signal.clearData(this);
  }

  private _rows(summary: ModelSummary, trans: TranslationBundle): ITreeItem<ModelItem>[] {
    const expanded = !this._folded.has(summary.name);
    const label = [summary.name, trans._n('%1 version', '%1 versions', summary.versions)].join(
      ', '
    );
    const known = this._items.get(summary);
    const item: ModelItem = known ?? { kind: 'model', summary };
    this._items.set(summary, item);
    const row: ITreeItem<ModelItem> = { key: summary.name, level: 1, expanded, label, item };
    const rows = expanded ? below(summary, trans) : [];
    return [row, ...rows.map(one => this._marked(one, trans))];
  }

  /** A row whose label also says where the version stands. */
  private _marked(row: ITreeItem<ModelItem>, trans: TranslationBundle): ITreeItem<ModelItem> {
    if (row.item.kind !== 'version') {
      return row;
    }
    const words = markWords(this.standing.mark(row.item.version), trans);
    return { ...row, label: [row.label, ...words].join(', ') };
  }

  private readonly _changed = new Signal<this, void>(this);
  private readonly _items = new WeakMap<ModelSummary, ModelItem>();
  private _folded = new Set<string>();
  private _filter = '';
  private _filterSets = 0;
}

export interface IPageSource extends ISource, IStandingSource {
  verdictsOn(model: string, version: number | 'latest', signal?: AbortSignal): Promise<Verdict[]>;
  card(model: string, version: number | 'latest', signal?: AbortSignal): Promise<ModelCard>;
}

export class ModelPageModel {
  constructor(
    source: IPageSource,
    live: ISignal<unknown, IChange> | undefined,
    readonly name: string,
    version: number | 'latest'
  ) {
    const nouns = ['model', 'gate'];
    this.detail = new Resource({
      load: signal => source.model(name, version, signal),
      nouns: ['model'],
      live
    });
    this.verdicts = new Resource({
      load: signal => source.verdictsOn(name, version, signal),
      nouns,
      live
    });
    this.card = new Resource({ load: signal => source.card(name, version, signal), nouns, live });
    this.standing = new Standing(source, live);
    for (const part of [this.detail, this.verdicts, this.card, this.standing]) {
      part.changed.connect(() => this._changed.emit());
    }
  }

  readonly detail: Resource<ModelDetail>;
  readonly verdicts: Resource<Verdict[]>;
  readonly card: Resource<ModelCard>;
  readonly standing: Standing;

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  set active(active: boolean) {
    this._active = active;
    this.detail.active = active;
    this.verdicts.active = active;
    this.standing.active = active;
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

  dispose(): void {
    [this.detail, this.verdicts, this.card, this.standing].forEach(part => part.dispose());
    Signal.clearData(this);
  }

  /** The card is made from all that is recorded, so it is asked for only while it is read. */
  private _wake(): void {
    this.card.active = this._active && this._tab === 'card';
  }

  private readonly _changed = new Signal<this, void>(this);
  private _active = false;
  private _tab = 'overview';
}
