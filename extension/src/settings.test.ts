import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { Signal } from '@lumino/signaling';
import { expect, it } from 'vitest';

import { Settings } from './settings';

function source(composite: object): ISettingRegistry.ISettings {
  const changed = new Signal<object, void>({});
  return { composite, changed } as unknown as ISettingRegistry.ISettings;
}

it('settings have their defaults until they are loaded, and follow them then', () => {
  const settings = new Settings();
  const before = [settings.pageSize, settings.pollInterval];
  settings.follow(
    source({ pageSize: 50, pollInterval: 5, primaryMetrics: { flights: 'roc_auc', x: '' } })
  );
  expect([before, settings.pageSize, settings.pollInterval, [...settings.primaryMetrics]]).toEqual([
    [100, 30],
    50,
    5,
    [['flights', 'roc_auc']]
  ]);
});
