// What only the token allows: asked for once, kept until the browser's tab is closed.
import { byId } from "./dom.js";
import { Failure, request } from "./request.js";

const key = "attuned-token";

/** Asks the person for the token; null if there is to be none. @param {string} remark what was wrong with the one before */
function askForToken(remark) {
  const dialog = byId("token-dialog");
  byId("token-remark").textContent = remark;
  byId("token").value = "";
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "use" ? byId("token").value.trim() : null), { once: true });
  });
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
