/** The user's settings, with the schema's defaults until they are loaded. */
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ISignal, Signal } from '@lumino/signaling';

function isKey(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

export class Settings {
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Runs fetched at a time in the sidebar, rows in a data page. */
  get pageSize(): number {
    return this._number('pageSize', 100);
  }

  /** Seconds between questions for changes while the page is visible and events arrive. */
  get pollInterval(): number {
    return this._number('pollInterval', 30);
  }

  /** The metric that stands first, by experiment. */
  get primaryMetrics(): ReadonlyMap<string, string> {
    const chosen: [string, unknown][] = Object.entries(Object(this._values.get('primaryMetrics')));
    return new Map(chosen.filter((entry): entry is [string, string] => isKey(entry[1])));
  }

  /** Follow the registry's settings from now on. */
  follow(source: ISettingRegistry.ISettings): void {
    const read = (): void => {
      this._values = new Map(Object.entries(source.composite));
      this._changed.emit();
    };
    source.changed.connect(read);
    read();
  }

  private _number(key: string, fallback: number): number {
    const value = this._values.get(key);
    return typeof value === 'number' ? value : fallback;
  }

  private _values = new Map<string, unknown>();
  private readonly _changed = new Signal<this, void>(this);
}
