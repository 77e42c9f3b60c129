import { path } from '#lib/vpp/types.js';
import type { IpTable, IpTables } from './ip-tables.js';
import { type RouteTable, SOURCE } from './routes.js';

const PATH_NORMAL = 0;
const PATH_DROP = 2;
const IP6 = 1;

type Special = readonly [prefix: string, source: number, pathType: number];
const SPECIAL4: readonly Special[] = [
  ['0.0.0.0/0', SOURCE.defaultRoute, PATH_DROP],
  ['0.0.0.0/32', SOURCE.defaultRoute, PATH_DROP],
  ['224.0.0.0/4', SOURCE.special, PATH_DROP],
  ['240.0.0.0/4', SOURCE.special, PATH_DROP],
  ['255.255.255.255/32', SOURCE.defaultRoute, PATH_DROP],
];
const SPECIAL6: readonly Special[] = [
  ['::/0', SOURCE.defaultRoute, PATH_DROP],
  ['fe80::/10', SOURCE.special, PATH_NORMAL],
];

/** What VPP itself puts into each new table. */
export function addSpecialRoutes(tables: IpTables, routes: RouteTable): void {
  const specials = ({ family }: IpTable) => (family === 'ip4' ? SPECIAL4 : SPECIAL6);
  const fill = (table: IpTable) => {
    for (const [prefix, source, type] of specials(table))
      routes.set(table.tableId, prefix, source, [path({ type, proto: table.family === 'ip6' ? IP6 : 0 })]);
  };
  for (const table of tables.all()) fill(table);
  tables.onCreate(fill);
  tables.onDelete((table) => {
    for (const [prefix, source] of specials(table)) routes.clear(table.tableId, prefix, source);
  });
}
