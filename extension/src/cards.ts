/** What the hover card of a ref says. Versions never change, so an answer is kept for a while. */
import { Client } from './client';
import { DatasetVersion, ModelVersion } from './contract';
import { IRef } from './refs';

export type ICard =
  { noun: 'dataset'; version: DatasetVersion } | { noun: 'model'; version: ModelVersion };

const KEPT = 30_000;

export class Cards {
  constructor(private readonly _client: Client) {}

  async fetch(ref: IRef): Promise<ICard> {
    const key = JSON.stringify([ref.noun, ref.name, ref.version]);
    const known = this._known.get(key);
    if (known && Date.now() - known.at < KEPT) {
      return known.card;
    }
    const card = this._ask(ref);
    this._known.set(key, { at: Date.now(), card });
    card.catch(() => this._known.delete(key));
    return card;
  }

  private async _ask(ref: IRef): Promise<ICard> {
    return ref.noun === 'dataset'
      ? { noun: 'dataset', version: (await this._client.dataset(ref.name, ref.version)).version }
      : { noun: 'model', version: (await this._client.model(ref.name, ref.version)).version };
  }

  private readonly _known = new Map<string, { at: number; card: Promise<ICard> }>();
}
