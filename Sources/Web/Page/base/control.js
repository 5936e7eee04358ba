// What only the token allows: asked for once, kept until the browser's tab is closed.
import { answerOf } from "./dialog.js";
import { byId } from "./dom.js";
import { ask, Failure, request } from "./request.js";

const key = "attuned-token";

/** Asks the person for the token; null if there is to be none. @param {string} remark what was wrong with the one before */
async function askForToken(remark) {
  byId("token-remark").textContent = remark;
  byId("token").value = "";
  return await answerOf(byId("token-dialog")) === "use" ? byId("token").value.trim() : null;
}

/**
 * The service's answer to a request that needs the token. A page of a stranger cannot make it: it is no cookie, and no browser
 * adds it by itself.
 *
 * Throws a Failure, also if the person gives no token.
 */
export async function authorized(path, options = {}) {
  let remark = "";
  for (;;) {
    const token = sessionStorage.getItem(key) ?? (await askForToken(remark));
    if (!token) throw new Failure("That needs the token, and nothing was done.");
    try {
      const answer = await request(path, { ...options, headers: { ...options.headers, Authorization: `Bearer ${token}` } });
      sessionStorage.setItem(key, token);
      return answer;
    } catch (error) {
      // What is wrong is something else than the token: nobody is asked for it again.
      if (error.status && ![401, 403].includes(error.status)) sessionStorage.setItem(key, token);
      if (error.status !== 401) throw error;
      sessionStorage.removeItem(key);
      remark = "The service has another token.";
    }
  }
}

/** Has the service do something, and gives its answer as an object. @param {object} [wish] */
export async function control(path, wish) {
  const answer = await authorized(path, { method: "POST", body: wish && JSON.stringify(wish) });
  return answer.json();
}

/** What only the token shows, to whom has given it already; null to others, who are not asked for it. */
export async function askIfAllowed(path) {
  const token = sessionStorage.getItem(key);
  return token ? ask(path, { headers: { Authorization: `Bearer ${token}` } }).catch(() => null) : null;
}
