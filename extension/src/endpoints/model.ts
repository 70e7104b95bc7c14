/** What can be served, and how an endpoint stands in words. Pure. */
import { TranslationBundle } from '@jupyterlab/translation';

import { EndpointState, ModelSummary, ModelVersion } from '../contract';

/** The ref to serve for a version: the alias that points at it, the champion before others, else just this version. */
export function refToServe(version: ModelVersion): string {
  const { aliases, name } = version;
  const alias = aliases.find(one => one === 'champion') ?? aliases[0];
  return alias ? `${name}@${alias}` : `${name}:${version.version}`;
}

/** All that can be followed: each alias of each model, and its newest version. */
export function refsToServe(models: readonly ModelSummary[]): string[] {
  return models.flatMap(({ aliased, name }) => {
    const aliases = aliased.flatMap(version => version.aliases).sort();
    const first = aliases.filter(alias => alias === 'champion');
    const rest = aliases.filter(alias => alias !== 'champion');
    return [...first, ...rest].map(alias => `${name}@${alias}`).concat(name);
  });
}

/** The alias an endpoint follows, or null where it follows none. */
export function followed(ref: string): string | null {
  const at = ref.indexOf('@');
  return at < 0 ? null : ref.slice(at + 1);
}

export function stateWord(state: EndpointState['state'], trans: TranslationBundle): string {
  const words: Record<EndpointState['state'], string> = {
    serving: trans.__('serving'),
    silent: trans.__('does not answer'),
    elsewhere: trans.__('serves elsewhere'),
    ended: trans.__('ended'),
    failed: trans.__('died')
  };
  return words[state];
}
