/** The one error the front end shows: what was wrong, the next step, and the facts behind it. */
export class BenchbookError extends Error {
  constructor(
    message: string,
    readonly hint = '',
    readonly type = 'Error',
    readonly status = 0,
    /** The verdict of the gate that refused, by its id. */
    readonly verdict = ''
  ) {
    super(message);
    this.name = 'BenchbookError';
  }

  /** All that is known, as text for a bug report. */
  get details(): string {
    const where = this.status ? `${this.type} (HTTP ${this.status})` : this.type;
    return [where, this.message, this.hint].filter(Boolean).join('\n');
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The error in a reply's body, or one that names the status when the body is not ours. */
export function errorOf(body: string, status: number): BenchbookError {
  let parsed: unknown = null;
  try {
    parsed = JSON.parse(body);
  } catch {
    // Proxies and the server's own pages answer in HTML; the status is then all there is to tell.
  }
  const fields = new Map(Object.entries(Object(parsed) as Record<string, unknown>));
  const message = text(fields.get('message')) || `The server answered with status ${status}.`;
  return new BenchbookError(
    message,
    text(fields.get('hint')),
    text(fields.get('type')) || 'HttpError',
    status,
    text((Object(fields.get('verdict')) as { id?: unknown }).id)
  );
}

/** Any thrown thing as a `BenchbookError`. */
export function asError(thrown: unknown): BenchbookError {
  if (thrown instanceof BenchbookError) {
    return thrown;
  }
  return thrown instanceof Error
    ? new BenchbookError(thrown.message, '', thrown.name)
    : new BenchbookError(String(thrown));
}

/** Whether a request ended because its panel no longer wants the answer. */
export function isAbort(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === 'AbortError';
}
