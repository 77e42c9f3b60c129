import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { temporaryFolder } from '../../../test/harness/child.js';
import { enterPrivateNetwork } from '../../../test/harness/private-network.js';
import { type Node, realLane, startNode } from './node.testkit.js';

const open = realLane?.available ? describe : describe.skip;

open('a memif between two VPPs', () => {
  const folder = temporaryFolder('memif');
  let master: Node;
  let slave: Node;
  const side = (role: string, host: number, id = 5) => `interfaces:
  link:
    memif: { socket: ${folder.path}/link.sock, id: ${id}, role: ${role} }
    subInterfaces: [{ outerVlan: 100, innerVlan: 7, outerTag: dot1ad, addresses: [10.70.0.${host}/24] }]
`;

  beforeAll(async () => {
    enterPrivateNetwork();
    master = await startNode('one');
    slave = await startNode('two');
  }, 60_000);
  afterAll(async () => {
    await slave?.stop();
    await master?.stop();
    folder.remove();
  }, 60_000);

  test('both roles meet on the socket, and 802.1ad QinQ passes', async () => {
    await master.apply(side('master', 1));
    await slave.apply(side('slave', 2));
    await slave.answers('10.70.0.1', '5');
    expect(await master.engine.audit()).toMatchObject({ missing: [], different: [], leftover: [] });
    expect(await slave.engine.audit()).toMatchObject({ missing: [], different: [], leftover: [] });
  }, 60_000);

  test('another id does not meet, and the same one again does', async () => {
    await slave.apply(side('slave', 2, 6));
    await slave.answers('10.70.0.1', '0');
    await slave.apply(side('slave', 2));
    await slave.answers('10.70.0.1', '5');
  }, 60_000);

  test('a port that somebody made on the CLI carries sub-interfaces, and stays when configd leaves it', async () => {
    await master.apply('interfaces: {}\n');
    await master.cli(`create memif socket id 9 filename ${folder.path}/given.sock`);
    await master.cli('create interface memif id 5 socket-id 9 master');
    await master.apply(
      side('', 1).replace(/memif: \{.*\}/, 'vppInterface: { name: memif9/5 }\n    mtu: 1600\n    promiscuous: true'),
    );
    await slave.apply(side('slave', 2).replace('link.sock', 'given.sock'));
    await slave.answers('10.70.0.1', '5');
    expect(await master.engine.audit()).toMatchObject({ missing: [], different: [], leftover: [] });
    await master.apply('interfaces: {}\n');
    await slave.answers('10.70.0.1', '0');
    expect(await master.cli('show interface memif9/5')).toMatch(/memif9\/5\s+\d+\s+down\s+9000/);
  }, 60_000);
});
