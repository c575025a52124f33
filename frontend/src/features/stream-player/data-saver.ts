interface Connection {
  readonly saveData?: boolean;
  readonly type?: string;
}

function connection(): Connection {
  return (navigator as { connection?: Connection }).connection ?? {};
}

/** The viewer asked the browser to be sparing: start with the smallest picture. */
export function savesData(): boolean {
  return connection().saveData === true;
}

export function isOnMobileData(): boolean {
  return connection().type === "cellular";
}
