/** Copying, with a word of confirmation in place and no pop-up. */
import { checkIcon, copyIcon } from '@jupyterlab/ui-components';
import { Clipboard } from '@jupyterlab/apputils';
import * as React from 'react';

import { useBench } from './bench';

/** Copies on call, and is true for a moment afterwards. */
export function useCopy(text: string): [boolean, () => void] {
  const [done, setDone] = React.useState(false);
  React.useEffect(() => {
    const timer = done ? setTimeout(() => setDone(false), 1_200) : undefined;
    return () => clearTimeout(timer);
  }, [done]);
  const copy = (): void => {
    Clipboard.copyToSystem(text);
    setDone(true);
  };
  return [done, copy];
}

/** A button that copies `text`; an icon alone without `label`. */
export function CopyButton(props: { text: string; label?: string }): JSX.Element {
  const { trans } = useBench();
  const [done, copy] = useCopy(props.text);
  const Icon = done ? checkIcon : copyIcon;
  const label = props.label ?? trans.__('Copy');
  return (
    <button
      type="button"
      className={props.label ? 'bb-Link' : 'bb-IconButton'}
      title={done ? trans.__('Copied') : label}
      aria-label={label}
      onClick={copy}
    >
      {props.label ? (
        done ? (
          trans.__('Copied')
        ) : (
          label
        )
      ) : (
        <Icon.react tag="span" width="14px" height="14px" />
      )}
    </button>
  );
}

/** The short form of an id; a click copies the whole. */
export function IdChip(props: { id: string; shown?: string }): JSX.Element {
  const { trans } = useBench();
  const [done, copy] = useCopy(props.id);
  return (
    <button
      type="button"
      className="bb-Id"
      title={trans.__('%1 (click to copy)', props.id)}
      onClick={copy}
    >
      {done ? trans.__('copied') : (props.shown ?? props.id.slice(0, 8))}
    </button>
  );
}
