/** The labextension: one plugin a noun, over the workbench they share. */
import { datasetsPlugin } from './datasets/plugin';
import { endpointsPlugin } from './endpoints/plugin';
import { gatesPlugin } from './gates/plugin';
import { modelsPlugin } from './models/plugin';
import { monitorsPlugin } from './monitors/plugin';
import { notebookPlugin } from './notebook/plugin';
import { workbenchPlugin } from './plugin';
import { runsPlugin } from './runs/plugin';

export default [
  workbenchPlugin,
  notebookPlugin,
  runsPlugin,
  datasetsPlugin,
  modelsPlugin,
  gatesPlugin,
  endpointsPlugin,
  monitorsPlugin
];
