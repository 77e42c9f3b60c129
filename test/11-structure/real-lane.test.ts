import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from '@jest/globals';
import { repositoryRoot } from '../harness/service.js';

/** What a test imports that runs on a real VPP when there is one. */
const realLane = /\/(?:lanes?|real-vpp|packet-node|node\.testkit|kind-suite\.testkit|kinds\.testkit)\.js'/;

const testsIn = (folder: string): string[] =>
  readdirSync(join(repositoryRoot, folder), { encoding: 'utf8', recursive: true })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => `${folder}/${file}`);

test('every test that has a lane on a real VPP is run by make test-vpp', async () => {
  const { realLaneTests } = (await import(pathToFileURL(join(repositoryRoot, 'scripts', 'real-lane.mjs')).href)) as {
    realLaneTests: string[];
  };
  const inLane = ['test', 'services', 'lib', 'infra', 'cli']
    .flatMap(testsIn)
    .filter((file) => realLane.test(readFileSync(join(repositoryRoot, file), 'utf8')));
  expect(inLane).toEqual(expect.arrayContaining(['services/configd/bonds/two-nodes.test.ts']));
  expect(inLane.filter((file) => !realLaneTests.some((pattern) => new RegExp(pattern).test(file)))).toEqual([]);
});
