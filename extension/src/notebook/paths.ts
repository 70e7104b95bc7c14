/** Where a notebook of a run stands for Lab, whose paths begin at the folder the server was started in. Pure. */
import { PathExt } from '@jupyterlab/coreutils';

function isAbsolute(path: string): boolean {
  return path.startsWith('/');
}

/**
 * The path Lab knows a file by, or null where it lies outside the server's folder.
 *
 * `path` is as the run tells it: absolute, or relative to the project's `root`.
 */
export function labPath(path: string, root: string, serverRoot: string): string | null {
  const full = isAbsolute(path) ? path : `${root.replace(/\/$/, '')}/${path}`;
  const base = serverRoot.endsWith('/') ? serverRoot : `${serverRoot}/`;
  return full.startsWith(base) ? full.slice(base.length) : null;
}

/** The path of a file as a notebook beside it would write it. */
export function relativeTo(notebook: string, file: string): string {
  return PathExt.relative(PathExt.dirname(notebook), file);
}
