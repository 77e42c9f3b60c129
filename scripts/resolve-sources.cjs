/** Resolution for dependency-cruiser: `#lib/x.js` means lib/x.ts, not the compiled file that package.json names. */
const { join } = require('node:path');

const root = join(__dirname, '..');

module.exports = {
  resolve: {
    alias: { '#lib': join(root, 'lib'), '#gen': join(root, 'gen') },
    extensionAlias: { '.js': ['.ts', '.js'] },
    extensions: ['.ts', '.js', '.json'],
  },
};
