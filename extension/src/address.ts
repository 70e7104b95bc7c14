/** Addresses of the server face. Pure: nothing that stands in a name can lead elsewhere. */
import { BenchbookError } from './errors';

export type Query = [string, string | number][];

/**
 * `path` below `<base>benchbook/`, each part encoded.
 *
 * Throws a `BenchbookError` for parts that a browser would resolve away.
 */
export function address(base: string, path: string[], query: Query): string {
  if (path.some(part => part === '.' || part === '..' || part === '')) {
    throw new BenchbookError(`${JSON.stringify(path.join('/'))} is no address inside Benchbook.`);
  }
  const search = query.map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join('&');
  const tail = path.map(encodeURIComponent).join('/');
  return `${base}benchbook/${tail}${search ? `?${search}` : ''}`;
}
