import { describe, expect, it } from 'vitest';

import { Tasks } from './tasks';

describe('Tasks', () => {
  it('shows what goes on until it ends, and can end it once that is known', async () => {
    const tasks = new Tasks();
    let finish: (answer: string) => void = () => undefined;
    const ended: string[] = [];
    const done = tasks.run('asking', onLong => {
      onLong(async () => void ended.push('cancelled'));
      return new Promise<string>(resolve => {
        finish = resolve;
      });
    });
    expect(tasks.list.map(task => task.label)).toEqual(['asking']);
    await tasks.list[0].cancel?.();
    finish('answer');
    expect([await done, ended, tasks.list]).toEqual(['answer', ['cancelled'], []]);
  });

  it('forgets what failed, and hands its error on', async () => {
    const tasks = new Tasks();
    await expect(tasks.run('asking', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(tasks.list).toEqual([]);
  });
});
