/** Helpers for commands: what they accept, and what the person pointed at. */
import { JupyterFrontEnd } from '@jupyterlab/application';
import { CommandRegistry } from '@lumino/commands';
import { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { IRef } from './refs';

type Property = { type: string; description: string };

/** The `describedBy` of a command, from its arguments; those of `required` must be given. */
export function describe(
  properties: Record<string, Property> = {},
  required: string[] = []
): CommandRegistry.ICommandOptions['describedBy'] {
  return { args: { type: 'object', properties, required } };
}

/** A text argument, or what stands in its place. */
export function textArg(args: ReadonlyPartialJSONObject, key: string, fallback = ''): string {
  const value = args[key];
  return typeof value === 'string' ? value : fallback;
}

/** A version argument; anything but a positive number means the newest. */
export function versionArg(args: ReadonlyPartialJSONObject): number | 'latest' {
  const version = Number(args.version);
  return Number.isInteger(version) && version > 0 ? version : 'latest';
}

function isRefNoun(noun: string | undefined): noun is IRef['noun'] {
  return noun === 'dataset' || noun === 'model';
}

/** The ref under the context menu, or null. */
export function pointedRef(app: JupyterFrontEnd): IRef | null {
  const node = app.contextMenuHitTest(element => 'bbRef' in element.dataset);
  const { bbNoun, bbName, bbVersion } = node?.dataset ?? {};
  if (!isRefNoun(bbNoun) || !bbName) {
    return null;
  }
  return { noun: bbNoun, name: bbName, version: Number(bbVersion) };
}

/** The id of the run under the context menu, or null. */
export function pointedRun(app: JupyterFrontEnd): string | null {
  return app.contextMenuHitTest(element => 'bbRun' in element.dataset)?.dataset.bbRun ?? null;
}
