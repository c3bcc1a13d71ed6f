/** Maps in order, with at most `limit` items under way at once; the first failure ends it. */
export async function mapBounded<From, To>(
  items: readonly From[],
  limit: number,
  work: (item: From) => Promise<To>,
): Promise<To[]> {
  const results: To[] = [];
  const rest = items.entries();
  const worker = async () => {
    for (const [index, item] of rest) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}
