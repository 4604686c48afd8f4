// In the place of arquero's own, which opens files and addresses of its host. There are neither where this runs.
export async function byteStream(path) {
  throw new Error(
    `arquero cannot load ${path}: there is no network and no file system here; ` +
      "make it an input of the document, and read that, e.g. fromCSV(inputs.text('table.csv'))",
  );
}
