/**
 * The list of a sidebar: group headings, levels, one tab stop. Arrows move, Enter opens, Space selects, `/` goes to the
 * filter. What is under the pointer stays there when rows arrive above it.
 */
import { caretDownEmptyIcon, caretRightIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { useBench, useChanges } from './bench';

export interface ITreeItem<T> {
  key: string;
  level: number;
  /** Undefined where there is nothing to unfold. */
  expanded?: boolean;
  /** The row as a sentence, for screen readers. */
  label: string;
  item: T;
}

export interface ITreeGroup<T> {
  title: string;
  items: ITreeItem<T>[];
}

export interface ITreeProps<T> {
  label: string;
  groups: ITreeGroup<T>[];
  selected: ReadonlySet<string>;
  render: (item: T) => React.ReactNode;
  onOpen: (item: T) => void;
  onToggle: (key: string, expanded: boolean) => void;
  onSelect?: (key: string) => void;
  /** The id of the page a row opens. */
  pageOf: (item: T) => string;
  /** Attributes of the row's element, for context menus. */
  dataset?: (item: T) => Record<`data-${string}`, string>;
}

interface IRowProps<T> extends Pick<ITreeProps<T>, 'render' | 'onOpen' | 'onToggle' | 'dataset'> {
  entry: ITreeItem<T>;
  current: boolean;
  open: boolean;
  selected: boolean;
}

function TreeRow<T>(props: IRowProps<T>): JSX.Element {
  const { entry } = props;
  const Caret = entry.expanded ? caretDownEmptyIcon : caretRightIcon;
  return (
    <div
      role="treeitem"
      className="bb-Row"
      data-key={entry.key}
      aria-label={entry.label}
      aria-level={entry.level}
      aria-expanded={entry.expanded}
      aria-selected={props.selected}
      aria-current={props.open ? 'page' : undefined}
      tabIndex={props.current ? 0 : -1}
      style={{ paddingLeft: 4 + 16 * (entry.level - 1) }}
      onClick={() => props.onOpen(entry.item)}
      {...props.dataset?.(entry.item)}
    >
      <span
        className="bb-Row-caret"
        aria-hidden="true"
        onClick={event => {
          if (entry.expanded !== undefined) {
            event.stopPropagation();
            props.onToggle(entry.key, !entry.expanded);
          }
        }}
      >
        {entry.expanded !== undefined && <Caret.react tag="span" width="14px" height="14px" />}
      </span>
      <div className="bb-Row-body">{props.render(entry.item)}</div>
    </div>
  );
}

const Row = React.memo(
  TreeRow,
  (last, next) =>
    last.entry.item === next.entry.item &&
    last.entry.label === next.entry.label &&
    last.entry.expanded === next.entry.expanded &&
    last.entry.level === next.entry.level &&
    last.current === next.current &&
    last.open === next.open &&
    last.selected === next.selected
) as typeof TreeRow;

/** Where a key leads from the row at `at`, or null when it is no movement. */
function target(key: string, at: number, last: number): number | null {
  const moves = new Map([
    ['ArrowDown', Math.min(at + 1, last)],
    ['ArrowUp', Math.max(at - 1, 0)],
    ['PageDown', Math.min(at + 10, last)],
    ['PageUp', Math.max(at - 10, 0)],
    ['Home', 0],
    ['End', last]
  ]);
  return moves.get(key) ?? null;
}

function parentOf<T>(items: ITreeItem<T>[], at: number): number {
  for (let above = at - 1; above >= 0; above--) {
    if (items[above].level < items[at].level) {
      return above;
    }
  }
  return at;
}

/** Keys that act on a row rather than move. */
function act<T>(
  props: ITreeProps<T>,
  items: ITreeItem<T>[],
  at: number,
  key: string
): number | null {
  const entry = items[at];
  const actions = new Map<string, () => unknown>([
    ['Enter', () => props.onOpen(entry.item)],
    [' ', () => props.onSelect?.(entry.key)],
    ['ArrowRight', () => (entry.expanded === false ? props.onToggle(entry.key, true) : null)],
    ['ArrowLeft', () => (entry.expanded ? props.onToggle(entry.key, false) : parentOf(items, at))]
  ]);
  const action = actions.get(key);
  if (!action) {
    return null;
  }
  const moved = action();
  return typeof moved === 'number' ? moved : at;
}

function focusRow(list: HTMLElement | null, key: string): void {
  const rows = list?.querySelectorAll<HTMLElement>('.bb-Row') ?? [];
  const row = [...rows].find(node => node.dataset.key === key);
  row?.focus();
  row?.scrollIntoView({ block: 'nearest' });
}

function offsetOf(list: HTMLElement, key: string): number | null {
  const row = [...list.querySelectorAll<HTMLElement>('.bb-Row')].find(
    node => node.dataset.key === key
  );
  return row ? row.offsetTop : null;
}

/** Keeps the row under the pointer where it is when rows above it come or go. */
function useSteady(list: React.RefObject<HTMLDivElement>): {
  onMouseOver: (event: React.MouseEvent) => void;
  onMouseLeave: () => void;
} {
  const held = React.useRef<{ key: string; top: number; atTop: boolean } | null>(null);
  React.useLayoutEffect(() => {
    const node = list.current;
    const top = node && held.current ? offsetOf(node, held.current.key) : null;
    if (node && held.current && top !== null) {
      node.scrollTop += top - held.current.top;
      held.current.top = top;
    }
  });
  return {
    onMouseOver: event => {
      const row = (event.target as HTMLElement).closest<HTMLElement>('.bb-Row');
      const node = list.current;
      if (row?.dataset.key && node) {
        const atTop = held.current?.atTop ?? node.scrollTop === 0;
        held.current = { key: row.dataset.key, top: row.offsetTop, atTop };
      }
    },
    onMouseLeave: () => {
      if (held.current?.atTop && list.current && list.current.scrollTop < 200) {
        list.current.scrollTo({ top: 0 });
      }
      held.current = null;
    }
  };
}

/**
 * Gives the focus back to the current row when the focused element is made anew, as when its row comes under another
 * heading: what is removed loses the focus without a word, and the next key would go nowhere.
 */
function useKeptFocus(
  list: React.RefObject<HTMLDivElement>,
  current: string | undefined
): { onFocus: (event: React.FocusEvent) => void; onBlur: () => void } {
  const held = React.useRef<Element | null>(null);
  React.useLayoutEffect(() => {
    if (held.current?.isConnected === false && current !== undefined) {
      held.current = null;
      focusRow(list.current, current);
    }
  });
  return {
    onFocus: event => {
      held.current = event.target;
    },
    onBlur: () => {
      held.current = null;
    }
  };
}

export function Tree<T>(props: ITreeProps<T>): JSX.Element {
  const { current: page } = useBench();
  useChanges(page);
  const list = React.useRef<HTMLDivElement>(null);
  const uid = React.useId();
  const [focused, setFocused] = React.useState('');
  const steady = useSteady(list);
  const items = props.groups.flatMap(group => group.items);
  const known = items.some(entry => entry.key === focused);
  const current = known ? focused : items[0]?.key;
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const at = items.findIndex(entry => entry.key === current);
    if (at < 0 || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const next = target(event.key, at, items.length - 1) ?? act(props, items, at, event.key);
    if (next !== null) {
      event.preventDefault();
      event.stopPropagation();
      focusRow(list.current, items[next].key);
    }
  };
  const kept = useKeptFocus(list, current);
  const onFocus = (event: React.FocusEvent): void => {
    kept.onFocus(event);
    setFocused((event.target as HTMLElement).closest<HTMLElement>('.bb-Row')?.dataset.key ?? '');
  };
  return (
    <div
      ref={list}
      className="bb-Tree"
      data-foldable={items.some(entry => entry.expanded !== undefined)}
      role="tree"
      aria-label={props.label}
      aria-multiselectable={props.onSelect ? true : undefined}
      onKeyDown={onKeyDown}
      onFocus={onFocus}
      onBlur={kept.onBlur}
      {...steady}
    >
      {props.groups.map((group, at) => (
        <div
          key={group.title}
          role="group"
          aria-labelledby={group.title ? `${uid}${at}` : undefined}
        >
          {group.title && (
            <div id={`${uid}${at}`} className="bb-Tree-heading">
              {group.title}
            </div>
          )}
          {group.items.map(entry => (
            <Row
              key={entry.key}
              entry={entry}
              current={entry.key === current}
              open={props.pageOf(entry.item) === page.id}
              selected={props.selected.has(entry.key)}
              render={props.render as (item: unknown) => React.ReactNode}
              onOpen={props.onOpen as (item: unknown) => void}
              onToggle={props.onToggle}
              dataset={props.dataset as IRowProps<unknown>['dataset']}
            />
          ))}
        </div>
      ))}
    </div>
  );
}
