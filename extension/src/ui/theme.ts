/** Colours of charts, read from Jupyter's CSS variables, and a signal for the moment they change. */
import * as React from 'react';

/** A CSS variable's value as it is now. */
export function cssColor(name: string): string {
  return getComputedStyle(document.body).getPropertyValue(name).trim();
}

function subscribe(listener: () => void): () => void {
  const observer = new MutationObserver(() => setTimeout(listener, 50));
  observer.observe(document.body, { attributes: true, attributeFilter: ['data-jp-theme-name'] });
  return () => observer.disconnect();
}

/** The name of Lab's theme; draws again when it is another. */
export function useTheme(): string {
  return React.useSyncExternalStore(subscribe, () => document.body.dataset.jpThemeName ?? '');
}
