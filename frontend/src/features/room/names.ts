const COLOURS = 12;

/** The class of a person's name colour: the same for the same person, in every room and on every device. */
export function nameColour(userId: string): string {
  let hash = 0;
  for (let place = 0; place < userId.length; place += 1) hash = (hash * 31 + userId.charCodeAt(place)) >>> 0;
  return `name-${hash % COLOURS}`;
}
