import { describe, expect, it } from '@jest/globals';
import { type Component, StateHolder, startAll } from './lifecycle.js';
import { silentLog } from './log.js';

function recorder() {
  const calls: string[] = [];
  const component = (name: string, behaviour: Partial<Component> = {}): Component => ({
    name,
    start: async () => void calls.push(`start ${name}`),
    drain: async () => void calls.push(`drain ${name}`),
    stop: async () => void calls.push(`stop ${name}`),
    ...behaviour,
  });
  return { calls, component };
}

describe('startAll', () => {
  it('starts in order, drains all before it stops any, in reverse order, once', async () => {
    const { calls, component } = recorder();
    const state = new StateHolder();
    const running = await startAll([component('a'), component('b')], { log: silentLog(), state });
    await Promise.all([running.stop('test'), running.stop('again')]);
    expect(calls).toEqual(['start a', 'start b', 'drain b', 'drain a', 'stop b', 'stop a']);
    expect(state.state).toBe('stopped');
  });

  it('stops what was started when a later start fails', async () => {
    const { calls, component } = recorder();
    const bad = component('bad', { start: () => Promise.reject(new Error('no')) });
    await expect(
      startAll([component('a'), bad, component('c')], { log: silentLog(), state: new StateHolder() }),
    ).rejects.toThrow('no');
    expect(calls).toEqual(['start a', 'drain a', 'stop a', 'stop bad']);
  });

  it('gives up a start that hangs when it is interrupted', async () => {
    const { calls, component } = recorder();
    const interrupt = new AbortController();
    const hanging = component('hanging', { start: () => new Promise(() => {}) });
    const starting = startAll([component('a'), hanging], {
      log: silentLog(),
      state: new StateHolder(),
      interrupt: interrupt.signal,
    });
    interrupt.abort();
    await expect(starting).rejects.toMatchObject({ code: 'cancelled' });
    expect(calls).toEqual(['start a', 'drain a', 'stop a', 'stop hanging']);
  });

  it('goes on stopping after a component that fails to stop, and gives up at the deadline', async () => {
    const { calls, component } = recorder();
    const stuck = component('stuck', { stop: () => new Promise(() => {}) });
    const failing = component('failing', { stop: () => Promise.reject(new Error('broken')) });
    const options = { log: silentLog(), state: new StateHolder(), deadlineMs: 50 };
    const running = await startAll([component('a'), stuck, failing], options);
    await running.stop('test');
    expect(calls).toContain('drain a');
    expect(calls).not.toContain('stop a');
  });

  it('aborts the signal given to start', async () => {
    const { component } = recorder();
    let seen: AbortSignal | undefined;
    const watching = component('w', {
      start: async (signal) => {
        seen = signal;
      },
    });
    const running = await startAll([watching], { log: silentLog(), state: new StateHolder() });
    await running.stop('test');
    expect(seen?.aborted).toBe(true);
  });
});
