/** A sidebar's body under Lab's own filter box: `/` goes to it, Esc empties it and goes back to the list. */
import { FilterBox } from '@jupyterlab/ui-components';
import * as React from 'react';

interface ISidebarFilterProps {
  initial: string;
  placeholder: string;
  title?: string;
  onFilter: (text: string) => void;
  children: React.ReactNode;
}

function useFilterKeys(
  body: React.RefObject<HTMLElement>,
  box: React.RefObject<HTMLInputElement>,
  clear: () => void
): (event: React.KeyboardEvent) => void {
  const toBody = (): void =>
    body.current?.querySelector<HTMLElement>('.bb-Row[tabindex="0"]')?.focus();
  const inBox = new Map([
    ['ArrowDown', toBody],
    [
      'Escape',
      () => {
        clear();
        toBody();
      }
    ]
  ]);
  const inBody = new Map([['/', () => box.current?.focus()]]);
  return event => {
    const keys = box.current?.contains(event.target as Node) ? inBox : inBody;
    const action = keys.get(event.key);
    if (action) {
      event.preventDefault();
      action();
    }
  };
}

export function SidebarFilter(props: ISidebarFilterProps): JSX.Element {
  const body = React.useRef<HTMLDivElement>(null);
  const box = React.useRef<HTMLInputElement>(null);
  const [cleared, setCleared] = React.useState(0);
  const onFilter = React.useRef(props.onFilter);
  onFilter.current = props.onFilter;
  const update = React.useCallback((_: unknown, text?: string) => onFilter.current(text ?? ''), []);
  const onKeyDown = useFilterKeys(body, box, () => {
    setCleared(count => count + 1);
    onFilter.current('');
  });
  return (
    <div className="bb-Sidebar" onKeyDown={onKeyDown}>
      <div className="bb-Sidebar-filter" title={props.title}>
        <FilterBox
          key={cleared}
          inputRef={box}
          initialQuery={cleared ? '' : props.initial}
          placeholder={props.placeholder}
          updateFilter={update}
        />
      </div>
      <div className="bb-Sidebar-body" ref={body}>
        {props.children}
      </div>
    </div>
  );
}
