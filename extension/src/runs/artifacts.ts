/** Artifacts as blobs: fetched with the session's credentials, shown as pictures only under a safe type. */
import { ISignal, Signal } from '@lumino/signaling';

import { Client } from '../client';
import { Artifact } from '../contract';
import { asError, BenchbookError } from '../errors';

/** What is known of one picture. */
export interface IPicture {
  url: string | null;
  error: BenchbookError | null;
}

const WAITING: IPicture = { url: null, error: null };

export class Artifacts {
  constructor(
    private readonly _client: Client,
    private readonly _run: string
  ) {}

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The picture of an artifact; the first call fetches it. `type` decides how its bytes are read, not the server. */
  picture(artifact: Artifact, type: string): IPicture {
    const known = this._pictures.get(artifact.digest);
    if (!known) {
      this._pictures.set(artifact.digest, WAITING);
      void this._fetch(artifact, type);
    }
    return known ?? WAITING;
  }

  /** Save an artifact as a file of the person's machine. */
  async download(artifact: Artifact): Promise<void> {
    const bytes = await this._client.artifact(this._run, artifact.path);
    const url = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = artifact.path.split('/').pop() ?? 'artifact';
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }

  dispose(): void {
    this._disposed = true;
    for (const { url } of this._pictures.values()) {
      if (url !== null) {
        URL.revokeObjectURL(url);
      }
    }
    Signal.clearData(this);
  }

  private async _fetch(artifact: Artifact, type: string): Promise<void> {
    let picture: IPicture;
    try {
      const bytes = await this._client.artifact(this._run, artifact.path);
      picture = { url: URL.createObjectURL(new Blob([bytes], { type })), error: null };
    } catch (thrown) {
      picture = { url: null, error: asError(thrown) };
    }
    if (this._disposed) {
      URL.revokeObjectURL(picture.url ?? '');
      return;
    }
    this._pictures.set(artifact.digest, picture);
    this._changed.emit();
  }

  private readonly _changed = new Signal<this, void>(this);
  private readonly _pictures = new Map<string, IPicture>();
  private _disposed = false;
}
