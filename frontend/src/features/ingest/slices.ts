/**
 * Cut one recorded chunk into frames the server accepts.
 *
 * A busy picture gives chunks of 345-465 KB in 250 ms; the socket takes 64 KB at most, and a piece of a Matroska
 * stream cannot be left out. Yields views of the chunk, nothing is copied.
 */
export function* slices(chunk: Uint8Array, maxBytes: number): Generator<Uint8Array> {
  for (let start = 0; start < chunk.byteLength; start += maxBytes) {
    yield chunk.subarray(start, start + maxBytes);
  }
}
