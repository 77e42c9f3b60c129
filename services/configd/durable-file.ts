import { type FileHandle, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

async function using<T>(handle: FileHandle, work: (handle: FileHandle) => Promise<T>): Promise<T> {
  try {
    return await work(handle);
  } finally {
    await handle.close();
  }
}

/** Replaces a file by new content, whole or not at all, and resolves when both content and name are on the disk. */
export async function writeDurably(file: string, content: string): Promise<void> {
  const temporary = `${file}.new`;
  await using(await open(temporary, 'w', 0o640), async (handle) => {
    await handle.writeFile(content);
    await handle.sync();
  });
  await rename(temporary, file);
  await using(await open(dirname(file), 'r'), (folder) => folder.sync());
}
