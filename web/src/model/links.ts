// Invitation links, and the browsers in which they open.

/** The one-time code of a pasted link, or of the code alone; null if there is none. */
export function fragmentOf(pasted: string): string | null {
  const text = pasted.trim();
  const code = text.includes('#') ? text.slice(text.indexOf('#') + 1) : text;
  return /^[\w.~=&-]{20,8192}$/.test(code) ? code : null;
}

/** The page lies inside another app, whose storage is not the browser's: a voucher must not be spent there. */
export function isWebView(userAgent: string): boolean {
  return /Zalo|FBAN|FBAV|FB_IAB|Instagram|Messenger|Line\/|TikTok|musical_ly|; wv\)/.test(userAgent);
}

export function isAndroid(userAgent: string): boolean {
  return /Android/.test(userAgent);
}

/** Android's address that opens a page in Chrome from inside another app. */
export function chromeIntent(origin: string, path: string, fragment: string): string {
  const url = new URL(origin);
  const scheme = url.protocol.replace(':', '');
  return `intent://${url.host}${path}#${fragment}#Intent;scheme=${scheme};package=com.android.chrome;end`;
}
