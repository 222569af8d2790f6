//! Which company is a lead of?

/// Domains under which anyone can have an address; one that ends with a dot stands for every ending.
const FREE_MAIL: &[&str] = &[
    "126.com",
    "163.com",
    "aim.com",
    "aol.com",
    "bluewin.ch",
    "comcast.net",
    "duck.com",
    "fastmail.com",
    "free.fr",
    "freenet.de",
    "gmail.com",
    "gmx.",
    "googlemail.com",
    "hey.com",
    "hotmail.",
    "icloud.com",
    "laposte.net",
    "libero.it",
    "live.",
    "mac.com",
    "mail.com",
    "mail.ru",
    "me.com",
    "msn.com",
    "naver.com",
    "orange.fr",
    "outlook.",
    "pm.me",
    "posteo.de",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "rediffmail.com",
    "rocketmail.com",
    "sbcglobal.net",
    "t-online.de",
    "tutanota.com",
    "verizon.net",
    "wanadoo.fr",
    "web.de",
    "yahoo.",
    "yandex.",
    "ymail.com",
    "zoho.com",
];

/// The account of a record with these attributes (by place in `names`) and this address: the e-mail's
/// domain, else its id, else its name; "" where none says a company. The domain is the one of the three that every system
/// has in the same form: some give an id to converted leads only, and names are typed.
pub(super) fn account(attributes: &[(u32, String)], email: &str, names: &[String]) -> String {
    let attribute = |wanted: &str| {
        let (_, value) =
            attributes.iter().find(|(name, _)| names.get(*name as usize).is_some_and(|name| name == wanted))?;
        Some(value.trim().to_lowercase()).filter(|value| !value.is_empty())
    };
    let domain = || email.rsplit_once('@').map(|(_, domain)| domain.trim()).filter(|domain| is_company(domain));
    domain()
        .map(str::to_lowercase)
        .or_else(|| attribute("account_id"))
        .or_else(|| attribute("account"))
        .unwrap_or_default()
}

/// Whether a domain is one that a company has to itself.
fn is_company(domain: &str) -> bool {
    let is_free = |free: &str| domain == free || (free.ends_with('.') && domain.starts_with(free));
    domain.contains('.') && !FREE_MAIL.iter().any(|free| is_free(free))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_that_anyone_can_have_is_no_company() {
        for (domain, expected) in [
            ("acme.com", true),
            ("gmail.com", false),
            ("yahoo.co.uk", false),
            ("gmx.net", false),
            ("live.nl", false),
            ("livestock.com", true),
            ("mail.acme.com", true),
            ("localhost", false),
            ("", false),
        ] {
            assert_eq!(is_company(domain), expected, "{domain}");
        }
    }
}
